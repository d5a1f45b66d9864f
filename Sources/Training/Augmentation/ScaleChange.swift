internal import Glibc
package import Images

/// Makes the face larger or smaller.
package struct ScaleChange: GeometricAugmentation {
  package static let name = "scale"
  /// At most so many times as large, or as small.
  package var most: Double

  package init(most: Double = 1.06) { self.most = most }

  package func transform(_ frame: CropFrame, _ random: inout SeededRandom) -> AffineTransform {
    let limit = log(max(1, most))
    let factor = exp(random.uniform(-limit, limit))
    return frame.about(xx: factor, yy: factor)
  }
}
