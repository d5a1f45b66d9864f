/// Brightness values of a picture or a part of one.
///
/// Shape: `height` rows of `width` values without padding. Units: 0 black to 255 white.
package struct GrayPlane: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// `width * height` values.
  package let values: [UInt8]

  /// Wraps values that are already laid out as described; `values.count` must be `width * height`.
  package init(width: Int, height: Int, values: [UInt8]) {
    precondition(width > 0 && height > 0 && values.count == width * height, "[GrayPlane] \(width)x\(height)")
    self.width = width
    self.height = height
    self.values = values
  }

  /// The mean value, 0 to 255.
  package var mean: Double {
    Double(values.reduce(0) { $0 + Int($1) }) / Double(values.count)
  }

  /// How far values stray from the mean, 0 to 127.5: the contrast.
  package var standardDeviation: Double {
    let mean = mean
    return (values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)).squareRoot()
  }
}

extension Image {
  /// The brightness of a part of the picture, which is clamped to the picture as in `cropped`.
  ///
  /// Source: ITU-R BT.601 luma, 0.299 red + 0.587 green + 0.114 blue, rounded.
  package func luminance(x: Int, y: Int, width: Int, height: Int) -> GrayPlane {
    let (left, columns) = Self.clamp(x, width, self.width)
    let (top, rows) = Self.clamp(y, height, self.height)
    let values = [UInt8](unsafeUninitializedCapacity: columns * rows) { output, count in
      pixels.withUnsafeBufferPointer { pixels in
        for row in 0..<rows {
          var offset = ((top + row) * self.width + left) * 3
          for column in 0..<columns {
            // The weights add up to 2^14.
            let sum = 4_899 * Int(pixels[offset]) + 9_617 * Int(pixels[offset + 1]) + 1_868 * Int(pixels[offset + 2])
            output[row * columns + column] = UInt8(truncatingIfNeeded: (sum + 8_192) >> 14)
            offset += 3
          }
        }
      }
      count = columns * rows
    }
    return GrayPlane(width: columns, height: rows, values: values)
  }

  /// The brightness of the whole picture.
  package var luminance: GrayPlane { luminance(x: 0, y: 0, width: width, height: height) }
}
