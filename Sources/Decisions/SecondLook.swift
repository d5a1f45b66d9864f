/// Looks again, at other views of the face, where the first look is close to the threshold.
///
/// A network answers a little differently for a face, for its mirror image and for a tighter crop; the mean of the
/// embeddings errs less. Only what is close to the threshold can change by it, so only that is embedded again. What that
/// brings is in Benchmarks/LEARNING.md.
package struct SecondLook: Sendable, Equatable {
  /// How far a score may be from a threshold, either way.
  package let reach: Float
  /// The rule's own threshold. A request may ask for another one, down to naming everybody to sort by score afterwards: then
  /// what is close to either is looked at again, so that scores do not depend on it.
  package let usual: Float

  package init(reach: Float, around usual: Float) {
    self.reach = reach
    self.usual = usual
  }

  /// Whether another look could change the answer.
  package func isWorthwhile(_ decision: Decision) -> Bool {
    switch decision.unknown {
    case .emptyGallery,
      .lowQuality where decision.score >= decision.threshold, .unknownClass:
      false
    case nil, .belowThreshold, .noMargin, .lowQuality:
      min(abs(decision.score - decision.threshold), abs(decision.score - usual)) <= reach
    }
  }

  /// The mean direction of embeddings of one face; `nil` when their lengths differ or it has no direction.
  package static func joined(_ embeddings: [[Float]]) -> [Float]? {
    guard var sum = embeddings.first.flatMap(unit) else { return nil }
    for embedding in embeddings.dropFirst() {
      guard embedding.count == sum.count, let direction = unit(embedding) else { return nil }
      for (index, value) in direction.enumerated() { sum[index] += value }
    }
    return unit(sum)
  }

  private static func unit(_ values: [Float]) -> [Float]? {
    let length = values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    guard length.isFinite, length > 1e-12 else { return nil }
    return values.map { $0 / length }
  }
}
