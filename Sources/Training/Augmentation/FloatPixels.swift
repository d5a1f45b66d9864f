package import Images

/// A crop whose values are being changed: rounded once, at the end.
///
/// Shape: `height` rows of `width` pixels of red, green, blue. Units: 0 black to 255; may leave that range meanwhile.
package struct FloatPixels: Sendable {
  package let width: Int
  package let height: Int
  package var values: [Float]

  package init(_ image: Image) {
    width = image.width
    height = image.height
    values = image.pixels.map(Float.init)
  }

  /// Rounded to the nearest whole value and cut to 0...255; what is not a number becomes 0.
  package var image: Image {
    Image(
      width: width, height: height,
      pixels: values.map { value in
        guard value > 0 else { return 0 }
        return value >= 255 ? 255 : UInt8(value + 0.5)
      })
  }

  /// The mean brightness (ITU-R BT.601 luma).
  var meanLuma: Float {
    var (red, green, blue) = (0.0, 0.0, 0.0)
    values.withUnsafeBufferPointer { values in
      for index in stride(from: 0, to: values.count - 2, by: 3) {
        red += Double(values[index])
        green += Double(values[index + 1])
        blue += Double(values[index + 2])
      }
    }
    return Float((0.299 * red + 0.587 * green + 0.114 * blue) / Double(max(1, width * height)))
  }
}
