/// The classifier alone: the most probable class, when it is not `unknown` and its probability reaches the threshold.
package struct ClassifierRule: DecisionMaker {
  /// A probability, 0 to 1.
  package let threshold: Float

  /// The probability from which on an answer is rather right than wrong.
  package static let defaultThreshold: Float = 0.5

  package init(threshold: Float = defaultThreshold) { self.threshold = threshold }

  package func decide(_ probe: DecisionProbe) -> Decision {
    guard let head = probe.head, let best = head.best else {
      return .unknown(.emptyGallery, threshold: threshold, by: .classifier)
    }
    guard best.probability > head.unknown else {
      return .unknown(.unknownClass, score: best.probability, threshold: threshold, by: .classifier)
    }
    guard best.probability >= threshold else {
      return .unknown(
        probe.hasFaults ? .lowQuality : .belowThreshold, score: best.probability, threshold: threshold,
        by: .classifier)
    }
    return .named(best.slot, score: best.probability, threshold: threshold, by: .classifier)
  }
}
