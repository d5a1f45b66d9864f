package import GalleryStore

/// A face to be decided on.
package struct DecisionFace: Sendable {
  package let embedding: [Float]
  package let quality: Double
  /// See ``DecisionProbe/hasFaults``.
  package let hasFaults: Bool
  /// The embeddings of other views of it, where they were made already; see ``SecondLook``.
  package let otherViews: [[Float]]

  package init(embedding: [Float], quality: Double, hasFaults: Bool, otherViews: [[Float]] = []) {
    self.embedding = embedding
    self.otherViews = otherViews
    self.quality = quality
    self.hasFaults = hasFaults
  }
}

extension DecisionFace {
  /// The face by all looks at it; `nil` where there is no other view.
  package func joined(with otherViews: [[Float]]) -> DecisionFace? {
    guard !otherViews.isEmpty else { return nil }
    return SecondLook.joined([embedding] + otherViews)
      .map { DecisionFace(embedding: $0, quality: quality, hasFaults: hasFaults) }
  }
}

extension DecisionProbe {
  /// Asks gallery and classifier about faces; a probe for each, in their order.
  ///
  /// A head of another model than the gallery's counts as none. Each probe has ``HybridRule/leastCandidates`` candidates,
  /// or `topK` when that is more, as far as there are subjects.
  ///
  /// - Throws: as ``GalleryIndex/matches(probes:topK:)``.
  package static func make(
    _ faces: [DecisionFace], topK: Int, index: GalleryIndex, head: SoftmaxHead?
  ) throws(GalleryError) -> [DecisionProbe] {
    guard !faces.isEmpty else { return [] }
    let head = head.flatMap { $0.fits(index.model) ? $0 : nil }
    let count = max(topK, HybridRule.leastCandidates)
    let matches = try index.matches(probes: faces.flatMap(\.embedding), topK: count)
    var known: [Int64: Float] = [:]
    return zip(faces, matches).map { face, match in
      let seen = head?.probabilities(of: face.embedding)
      if let head {
        for candidate in match.candidates where known[candidate.number] == nil {
          known[candidate.number] = alignment(of: candidate.number, head, index)
        }
      }
      return DecisionProbe(
        match: match, head: seen, alignment: known, quality: face.quality, hasFaults: face.hasFaults)
    }
  }

  /// The cosine of a subject's row to its prototype.
  private static func alignment(of number: Int64, _ head: SoftmaxHead, _ index: GalleryIndex) -> Float? {
    guard let row = head.direction(of: number), let prototype = index.prototype(of: number) else { return nil }
    return zip(row, prototype).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
