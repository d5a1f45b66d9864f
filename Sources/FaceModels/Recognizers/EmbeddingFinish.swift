/// What becomes of a network's numbers before they are an embedding.
package struct EmbeddingFinish: Sendable, Equatable {
  /// Scales to length 1.
  package var normalizes: Bool
  /// Adds the numbers of the mirrored crop first, as face verification papers do when they report their best figures.
  package var mirrors: Bool
  /// Subtracted from embeddings of length 1, which are then scaled to length 1 again: takes away what all faces share, so
  /// that strangers' scores spread around 0.
  package var center: [Float]?

  package init(normalizes: Bool = true, mirrors: Bool = false, center: [Float]? = nil) {
    self.normalizes = normalizes
    self.mirrors = mirrors
    self.center = center
  }

  /// The embedding of a crop from the network's numbers for it and, where wanted, for its mirror image.
  package func complete(_ values: [Float], mirrored: [Float]?) -> [Float] {
    var result = values
    if let mirrored {
      // Without normalizing, the mean keeps the numbers' size.
      result = zip(values, mirrored).map { normalizes ? $0 + $1 : ($0 + $1) / 2 }
    }
    guard normalizes else { return result }
    result = Self.unit(result)
    guard let center else { return result }
    return Self.unit(zip(result, center).map { $0 - $1 })
  }

  private static func unit(_ values: [Float]) -> [Float] {
    let length = values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    return values.map { $0 / max(length, 1e-12) }
  }
}
