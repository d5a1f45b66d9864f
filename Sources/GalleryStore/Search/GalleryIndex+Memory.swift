/// A subject of a snapshot that no database is behind.
package struct MemorySubject: Sendable {
  package let number: Int64
  /// The id of its candidates.
  package let id: String
  /// Embeddings of the model's dimension; those that are no direction are left out.
  package let embeddings: [[Float]]

  package init(number: Int64, id: String, embeddings: [[Float]]) {
    self.number = number
    self.id = id
    self.embeddings = embeddings
  }
}

extension GalleryIndex {
  /// A snapshot of subjects at hand, searched exactly as one of a gallery is: for trying people who are enrolled nowhere.
  ///
  /// Subjects without a usable embedding are left out. Memory: the embeddings once more.
  package init(
    model: ModelIdentity, subjects: [MemorySubject], settings: SearchSettings = SearchSettings()
  ) {
    self.init(model: model, settings: settings)
    var positions: [Int] = []
    for subject in subjects {
      let usable = subject.embeddings.filter { embedding in
        let square = embedding.reduce(0.0) { $0 + Double($1) * Double($1) }
        return embedding.count == model.dimension && square.isFinite && square > 1e-20
      }
      guard !usable.isEmpty else { continue }
      let position = append(Subject(number: subject.number, id: subject.id, name: nil))
      for embedding in usable { _ = embedding.withUnsafeBytes { append(embedding: $0, owner: position) } }
      positions.append(position)
    }
    finishGrowing(positions)
  }
}
