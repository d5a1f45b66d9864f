package import Images

/// Exchanges left and right, about the middle of the face.
package struct Flip: GeometricAugmentation {
  package static let name = "flip"
  package var probability: Double

  package init(probability: Double = 0.5) { self.probability = probability }

  package func transform(_ frame: CropFrame, _ random: inout SeededRandom) -> AffineTransform {
    random.chance(probability) ? frame.about(xx: -1) : .identity
  }
}
