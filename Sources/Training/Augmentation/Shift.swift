package import Images

/// Moves the face.
package struct Shift: GeometricAugmentation {
  package static let name = "shift"
  /// Either way, along both axes, as a share of the crop's side.
  package var most: Double

  package init(most: Double = 0.03) { self.most = most }

  package func transform(_ frame: CropFrame, _ random: inout SeededRandom) -> AffineTransform {
    frame.about(
      shiftX: random.uniform(-most, most) * Double(frame.width),
      shiftY: random.uniform(-most, most) * Double(frame.height))
  }
}
