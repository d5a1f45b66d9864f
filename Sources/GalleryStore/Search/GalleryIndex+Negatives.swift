extension GalleryIndex {
  /// What a search found for one probe.
  package struct Match: Sendable, Equatable {
    /// The subjects most like the probe, best first.
    package let candidates: [GalleryCandidate]
    /// Cosine to the most similar face of the reserved subject ``ReservedSubject/unknown``; `nil` when there is none.
    package let negativeScore: Float?

    package init(candidates: [GalleryCandidate], negativeScore: Float?) {
      self.candidates = candidates
      self.negativeScore = negativeScore
    }
  }

  /// As ``search(probes:topK:)``, with how close each probe is to the faces that are nobody's.
  ///
  /// - Throws: as ``search(probes:topK:)``.
  package func matches(probes: [Float], topK: Int) throws(GalleryError) -> [Match] {
    let found = try search(probes: probes, topK: topK)
    guard negativeCount > 0 else { return found.map { Match(candidates: $0, negativeScore: nil) } }
    let scores = try negativeScores(probes: probes)
    return zip(found, scores).map { Match(candidates: $0, negativeScore: $1) }
  }
}
