internal import GalleryStore

/// The published recipe, kept so that it can be compared: the classifier's answer when its softmax is above 0.7 and the
/// class is not `unknown`; else the subject of the closest prototype when the cosine is above 0.7; else unknown.
///
/// Nothing else is added: with recognizers whose strangers have cosines above 0.7 it names everybody.
package struct SeedRule: DecisionMaker {
  /// What softmax and cosine must exceed.
  package let threshold: Float

  /// As published.
  package static let defaultThreshold: Float = 0.7

  package init(threshold: Float = defaultThreshold) { self.threshold = threshold }

  package func decide(_ probe: DecisionProbe) -> Decision {
    if let head = probe.head, let best = head.best, best.probability > head.unknown, best.probability > threshold {
      return .named(best.slot, score: best.probability, threshold: threshold, by: .classifier)
    }
    guard let closest = probe.candidates.max(by: { $0.prototypeScore < $1.prototypeScore }) else {
      return .unknown(.emptyGallery, threshold: threshold)
    }
    guard closest.prototypeScore > threshold else {
      return .unknown(.belowThreshold, score: closest.prototypeScore, threshold: threshold)
    }
    return .named(closest.number, score: closest.prototypeScore, threshold: threshold, by: .gallery)
  }
}
