internal import Glibc
package import Images

/// Turns the face in the image plane: what landmarks that are a little off leave of a tilted head.
package struct Rotation: GeometricAugmentation {
  package static let name = "rotation"
  /// Either way. Units: degrees.
  package var most: Double = 7

  package init(most: Double = 7) { self.most = most }

  package func transform(_ frame: CropFrame, _ random: inout SeededRandom) -> AffineTransform {
    let angle = random.uniform(-most, most) * .pi / 180
    let (c, s) = (cos(angle), sin(angle))
    return frame.about(xx: c, xy: -s, yx: s, yy: c)
  }
}
