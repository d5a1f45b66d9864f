extension Image {
  /// The part of the picture inside a rectangle, which is clamped to the picture. A rectangle outside of it gives the
  /// nearest pixels, at least one.
  package func cropped(x: Int, y: Int, width: Int, height: Int) -> Image {
    let (left, columns) = Self.clamp(x, width, self.width)
    let (top, rows) = Self.clamp(y, height, self.height)
    if columns == self.width && rows == self.height { return self }
    var cut: [UInt8] = []
    cut.reserveCapacity(columns * rows * 3)
    for row in top..<top + rows {
      let start = (row * self.width + left) * 3
      cut.append(contentsOf: pixels[start..<start + columns * 3])
    }
    return Image(width: columns, height: rows, pixels: cut)
  }

  /// The picture with left and right exchanged.
  package func flippedHorizontally() -> Image {
    Orientation.mirrored.upright(self)
  }

  /// The part of `start..<start + length` inside `0..<limit`, never empty.
  static func clamp(_ start: Int, _ length: Int, _ limit: Int) -> (start: Int, length: Int) {
    let (sum, overflow) = start.addingReportingOverflow(max(length, 0))
    let first = min(max(start, 0), limit - 1)
    let end = min(max(overflow ? Int.max : sum, first + 1), limit)
    return (first, end - first)
  }
}
