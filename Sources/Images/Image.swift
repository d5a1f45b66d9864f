/// An upright picture in memory. Immutable once built.
///
/// Shape: `height` rows of `width` pixels of three bytes, red, green, blue, without padding.
/// Units: pixels; origin top left, x to the right, y down.
package struct Image: Sendable {
  package let width: Int
  package let height: Int
  /// `width * height * 3` bytes.
  package let pixels: [UInt8]

  /// Wraps pixels that are already laid out as described; `pixels.count` must be `width * height * 3`.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height * 3, "[Image] \(width)x\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}
