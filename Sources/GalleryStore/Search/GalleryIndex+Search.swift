extension GalleryIndex {
  /// The most candidates a search returns for a probe.
  package static let maxTopK = 1000

  /// The subjects most like each probe, best first; equal scores in the order of the ids' bytes. The search is exact.
  ///
  /// Shape: `probes` holds k embeddings of the model's dimension back to back; the result has k lists of at most `topK`
  /// (1 to ``maxTopK``) candidates. Probes are normalised here. An empty snapshot gives empty lists.
  /// Complexity: k x (templates + prototypes) x dimension; all rows are read once for every ``SubjectSearch/maxProbes`` probes.
  ///
  /// - Throws: `badValue` when a probe has the wrong length, no direction or a value that is not finite.
  package func search(probes: [Float], topK: Int) throws(GalleryError) -> [[GalleryCandidate]] {
    try search(probes: probes, topK: topK, excluding: nil)
  }

  /// The match score of one embedding with one subject; `nil` when the subject has no template of the model.
  ///
  /// Shape: `probe` is one embedding of the model's dimension.
  ///
  /// - Throws: as ``search(probes:topK:)``.
  package func score(of probe: [Float], subject: String) throws(GalleryError) -> Float? {
    guard let position = subjects.firstIndex(where: { $0.id.utf8.elementsEqual(subject.utf8) }) else { return nil }
    let probe = try normalized(probe)
    guard probe.count == model.dimension else {
      throw GalleryError(.badValue, "A probe must have the \(model.dimension) numbers that its model makes.")
    }
    return probe.withUnsafeBufferPointer { probe in
      probe.baseAddress.map { score(of: $0, position).score }
    }
  }

  /// ``search(probes:topK:)`` without the subject at a position.
  func search(probes: [Float], topK: Int, excluding: Int?) throws(GalleryError) -> [[GalleryCandidate]] {
    guard (1...Self.maxTopK).contains(topK) else {
      throw GalleryError(.badValue, "A search may ask for 1 to \(Self.maxTopK) candidates, not \(topK).")
    }
    let probes = try normalized(probes)
    let dimension = model.dimension
    let count = probes.count / dimension
    guard !subjects.isEmpty else { return Array(repeating: [], count: count) }
    var results: [[GalleryCandidate]] = []
    results.reserveCapacity(count)
    for start in stride(from: 0, to: count, by: SubjectSearch.maxProbes) {
      let end = min(start + SubjectSearch.maxProbes, count)
      let search = SubjectSearch(
        index: self, probes: probes[start * dimension..<end * dimension], topK: topK, excluding: excluding)
      for found in search.run() { results.append(found.map(candidate)) }
    }
    return results
  }

  /// The cosine of each probe to the most similar face that is nobody's; -1 when there is none. Shape: as many as probes.
  ///
  /// - Throws: as ``search(probes:topK:)``.
  func negativeScores(probes: [Float]) throws(GalleryError) -> [Float] {
    let probes = try normalized(probes)
    let dimension = model.dimension
    var cosines = [Float](repeating: 0, count: 256)
    return (0..<probes.count / dimension).map { probe in
      var best: Float = -1
      for rows in negatives.pieces(limit: cosines.count) {
        negatives.withRows(rows) { values in
          probes.withUnsafeBufferPointer { probes in
            cosines.withUnsafeMutableBufferPointer { cosines in
              guard let values = values.baseAddress, let first = probes.baseAddress, let out = cosines.baseAddress
              else { return }
              kernels.products(
                values, count: rows.count, first + probe * dimension, probeCount: 1, into: out, stride: rows.count)
              for cosine in cosines.prefix(rows.count) { best = max(best, min(1, cosine)) }
            }
          }
        }
      }
      return best
    }
  }

  private func normalized(_ probes: [Float]) throws(GalleryError) -> [Float] {
    guard probes.count % model.dimension == 0 else {
      throw GalleryError(.badValue, "A probe must have the \(model.dimension) numbers that its model makes.")
    }
    var probes = probes
    let areSound = probes.withUnsafeMutableBufferPointer { probes in
      stride(from: 0, to: probes.count, by: model.dimension).allSatisfy { start in
        EmbeddingCoding.normalize(.init(rebasing: probes[start..<start + model.dimension]))
      }
    }
    guard areSound else {
      throw GalleryError(.badValue, "A probe is not a direction: it is all zero or not finite.")
    }
    return probes
  }

  private func candidate(_ found: ScoredSubject) -> GalleryCandidate {
    let subject = subjects[found.position]
    return GalleryCandidate(
      subject: subject.id, number: subject.number, name: subject.name, score: found.score,
      prototypeScore: found.prototype, bestExemplarScore: found.best)
  }
}
