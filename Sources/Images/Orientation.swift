/// How a stored picture lies (EXIF tag 0x0112); the raw value is the tag's.
package enum Orientation: Int, Equatable, Sendable, CaseIterable {
  case upright = 1
  case mirrored = 2
  case upsideDown = 3
  case mirroredUpsideDown = 4
  /// Rows and columns exchanged.
  case transposed = 5
  /// Must be turned 90 degrees clockwise to be upright.
  case turnedLeft = 6
  /// Rows and columns exchanged along the other diagonal.
  case transverse = 7
  /// Must be turned 90 degrees counter-clockwise to be upright.
  case turnedRight = 8

  /// Whether the upright picture is as wide as the stored one is high.
  package var swapsSides: Bool { rawValue >= 5 }

  /// Where the upright picture's pixels lie in a stored picture of `width` x `height` pixels: that of the origin, and
  /// the steps to the next column and the next row. Units: pixels.
  private func walk(_ width: Int, _ height: Int) -> (origin: Int, column: Int, row: Int) {
    let last = width * height - 1
    let lastRow = width * (height - 1)
    return switch self {
    case .upright: (0, 1, width)
    case .mirrored: (width - 1, -1, width)
    case .upsideDown: (last, -1, -width)
    case .mirroredUpsideDown: (lastRow, 1, -width)
    case .transposed: (0, width, 1)
    case .turnedLeft: (lastRow, -width, 1)
    case .transverse: (last, -width, -1)
    case .turnedRight: (width - 1, width, -1)
    }
  }

  /// The upright picture of a stored one. Goes tile by tile, because turned pictures are read down their columns.
  func upright(_ stored: Image) -> Image {
    if self == .upright { return stored }
    let width = swapsSides ? stored.height : stored.width
    let height = swapsSides ? stored.width : stored.height
    let (origin, column, row) = walk(stored.width, stored.height)
    let tile = 64
    let pixels = [UInt8](unsafeUninitializedCapacity: stored.pixels.count) { output, count in
      stored.pixels.withUnsafeBufferPointer { input in
        guard let source = input.baseAddress, let target = output.baseAddress else { return }
        for top in stride(from: 0, to: height, by: tile) {
          for left in stride(from: 0, to: width, by: tile) {
            for y in top..<min(top + tile, height) {
              var from = source + 3 * (origin + y * row + left * column)
              var to = target + 3 * (y * width + left)
              for _ in left..<min(left + tile, width) {
                to[0] = from[0]
                to[1] = from[1]
                to[2] = from[2]
                to += 3
                from += 3 * column
              }
            }
          }
        }
      }
      count = stored.pixels.count
    }
    return Image(width: width, height: height, pixels: pixels)
  }
}
