internal import GalleryStore

/// The gallery alone: the subject with the highest match score, when that reaches the threshold.
package struct GalleryRule: DecisionMaker {
  /// Cosine, -1 to 1.
  package let threshold: Float

  package init(threshold: Float) { self.threshold = threshold }

  package func decide(_ probe: DecisionProbe) -> Decision {
    guard let best = probe.candidates.first else { return .unknown(.emptyGallery, threshold: threshold) }
    if probe.isNegative(best) { return .unknown(.unknownClass, score: best.score, threshold: threshold) }
    guard best.score >= threshold else {
      return .unknown(probe.hasFaults ? .lowQuality : .belowThreshold, score: best.score, threshold: threshold)
    }
    return .named(best.number, score: best.score, threshold: threshold, by: .gallery)
  }
}
