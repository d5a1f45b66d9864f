/// Looks again, at the mirror image, where the first look is close to the threshold.
///
/// A network answers a little differently for a face and its mirror image; the mean of both embeddings errs less. Only
/// what is close to the threshold can change by it, so only that is embedded again. LFW, dlib-resnet-v1, `hybrid` with a
/// head: FNIR at FPIR 1 % 1.20 instead of 1.29 % (30 people of five photos, five draws), 1.99 instead of 2.32 % (15 of
/// three), 8.2 instead of 8.6 % (30 of one); misses at the default threshold 1.44 instead of 2.18 %. Networks that err
/// less (mobilefacenet, reidentification-retail-0095) gain nothing and lose nothing beyond one photo.
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

  /// The mean direction of two embeddings of one face; `nil` when their lengths differ or it has no direction.
  package static func joined(_ first: [Float], _ second: [Float]) -> [Float]? {
    guard first.count == second.count, let a = unit(first), let b = unit(second) else { return nil }
    return unit(zip(a, b).map { $0 + $1 })
  }

  private static func unit(_ values: [Float]) -> [Float]? {
    let length = values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    guard length.isFinite, length > 1e-12 else { return nil }
    return values.map { $0 / length }
  }
}
