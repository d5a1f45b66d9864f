extension SQLiteGallery {
  /// The templates of a model as they are now, changes by other processes included.
  ///
  /// Costs a query of two numbers while nothing has changed, and what was added otherwise.
  ///
  /// - Throws: `modelMismatch` when there are templates, but none of this model; `storageFailed`, `corrupt`, `badValue`.
  package func index(for model: ModelIdentity) throws(GalleryError) -> GalleryIndex {
    try model.validate()
    let (index, isWorthSaving) = try read { (connection, cache) throws(GalleryError) in
      let index = try cache.index(for: model, connection)
      return (index, cache.isWorthSaving(index, leastRows: limits.vectorFileRows))
    }
    if isWorthSaving { saveVectorsLater(index) }
    return index
  }

  /// The subjects most like each probe in the gallery as it is now; see ``GalleryIndex/search(probes:topK:)``.
  ///
  /// - Throws: as ``index(for:)`` and ``GalleryIndex/search(probes:topK:)``.
  package func search(
    probes: [Float], topK: Int, model: ModelIdentity
  ) throws(GalleryError) -> (candidates: [[GalleryCandidate]], generation: Int) {
    let index = try index(for: model)
    return (try index.search(probes: probes, topK: topK), index.generation)
  }

  /// The subject most like `embedding` apart from one, or `nil` when there is no other: for reports of duplicates.
  ///
  /// - Throws: as ``search(probes:topK:model:)``.
  package func nearestOtherSubject(
    to embedding: [Float], excluding subject: String, model: ModelIdentity
  ) throws(GalleryError) -> GalleryCandidate? {
    try model.validate()
    let (index, number) = try read { (connection, cache) throws(GalleryError) in
      let number = try connection.first("SELECT number FROM subjects WHERE id = ?", .text(subject)) { $0.integer(0) }
      return (try cache.index(for: model, connection), number)
    }
    let excluded = number.flatMap { index.position(of: $0) }
    return try index.search(probes: embedding, topK: 1, excluding: excluded).first?.first
  }
}
