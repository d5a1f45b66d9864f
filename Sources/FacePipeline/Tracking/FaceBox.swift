package import FaceModels

/// Where a face is. Units: pixels of the full picture, origin top left; may reach over its edges.
package struct FaceBox: Sendable, Equatable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The box of a face that was found.
  package init(_ face: DetectedFace) {
    self.init(x: face.x, y: face.y, width: face.width, height: face.height)
  }

  /// Square pixels; 0 for a box without extent.
  package var area: Double { max(0, width) * max(0, height) }

  package var center: (x: Double, y: Double) { (x + width / 2, y + height / 2) }

  /// Square pixels that both cover.
  package func intersection(_ other: FaceBox) -> Double {
    max(0, min(x + width, other.x + other.width) - max(x, other.x))
      * max(0, min(y + height, other.y + other.height) - max(y, other.y))
  }

  /// Intersection over union, 0 to 1.
  package func overlap(_ other: FaceBox) -> Double {
    let shared = intersection(other)
    let union = area + other.area - shared
    return union > 0 ? shared / union : 0
  }

  /// The box moved.
  func moved(x dx: Double, y dy: Double) -> FaceBox { FaceBox(x: x + dx, y: y + dy, width: width, height: height) }

  /// The box around the same center, so many times as wide and high.
  func scaled(width across: Double, height down: Double) -> FaceBox {
    FaceBox(
      x: x - width * (across - 1) / 2, y: y - height * (down - 1) / 2, width: width * across, height: height * down)
  }
}
