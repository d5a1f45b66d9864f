/// A colour of three 8-bit channels.
package struct Color: Equatable, Sendable {
  package var red: UInt8
  package var green: UInt8
  package var blue: UInt8

  package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  package static let black = Color(0, 0, 0)
  package static let white = Color(255, 255, 255)
}

/// A picture that can be drawn on. Whatever lies outside of it is cut off, however large the numbers.
///
/// Shape: as `Image`. Units: pixels, origin top left.
package struct Canvas: Sendable {
  package let width: Int
  package let height: Int
  private var pixels: [UInt8]

  /// A canvas that shows `image`.
  package init(_ image: Image) {
    width = image.width
    height = image.height
    pixels = image.pixels
  }

  /// What the canvas shows now.
  package var image: Image { Image(width: width, height: height, pixels: pixels) }

  /// Fills a rectangle. `opacity` 0 leaves the picture as it is, 1 covers it.
  package mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: Color, opacity: Double = 1) {
    let columns = Self.span(x, width, self.width)
    let rows = Self.span(y, height, self.height)
    guard !columns.isEmpty, !rows.isEmpty else { return }
    let weight = Int(min(max(opacity, 0), 1) * 256)
    let channels = [Int(color.red), Int(color.green), Int(color.blue)]
    for row in rows {
      for offset in (row * self.width + columns.lowerBound) * 3..<(row * self.width + columns.upperBound) * 3 {
        let old = Int(pixels[offset])
        pixels[offset] = UInt8(clamping: old + ((channels[offset % 3] - old) * weight + 128) >> 8)
      }
    }
  }

  /// Draws the outline of a rectangle; its lines, `thickness` wide, lie inside.
  package mutating func stroke(x: Int, y: Int, width: Int, height: Int, thickness: Int, _ color: Color) {
    guard width > 0, height > 0, thickness > 0 else { return }
    let line = min(thickness, width, height)
    fill(x: x, y: y, width: width, height: line, color)
    fill(x: x, y: y &+ (height - line), width: width, height: line, color)
    fill(x: x, y: y, width: line, height: height, color)
    fill(x: x &+ (width - line), y: y, width: line, height: height, color)
  }

  /// Draws a filled disc.
  package mutating func dot(centre: Point, radius: Double, _ color: Color) {
    guard centre.x.isFinite, centre.y.isFinite, radius > 0, abs(centre.x) < 1e6, abs(centre.y) < 1e6, radius < 1e6
    else { return }
    for y in Self.span(Int(centre.y - radius) - 1, Int(2 * radius) + 3, height) {
      let dy = Double(y) - centre.y
      let half = radius * radius - dy * dy
      guard half >= 0 else { continue }
      let first = Int((centre.x - half.squareRoot()).rounded(.up))
      let last = Int((centre.x + half.squareRoot()).rounded(.down))
      fill(x: first, y: y, width: last - first + 1, height: 1, color)
    }
  }

  /// Draws one line of text with its top left corner at (x, y), each cell of the font `factor` pixels wide and high.
  package mutating func text(_ text: String, x: Int, y: Int, factor: Int, _ color: Color) {
    draw(BitmapFont.glyphs(text), x: x, y: y, factor: factor, color)
  }

  mutating func draw(_ glyphs: [BitmapFont.Glyph], x: Int, y: Int, factor: Int, _ color: Color) {
    guard factor > 0, factor < 1_000, abs(x) < 1_000_000, abs(y) < 1_000_000 else { return }
    var left = x
    for glyph in glyphs {
      if left >= width { return }
      for (row, cells) in glyph.cells.enumerated() {
        for (column, ink) in cells.enumerated() where ink {
          fill(x: left + column * factor, y: y + row * factor, width: factor, height: factor, color)
        }
      }
      left += (glyph.width + 1) * factor
    }
  }

  /// The part of `start..<start + length` inside `0..<limit`; may be empty.
  private static func span(_ start: Int, _ length: Int, _ limit: Int) -> Range<Int> {
    guard length > 0 else { return 0..<0 }
    let (end, overflow) = start.addingReportingOverflow(length)
    let first = max(start, 0)
    let last = min(overflow ? limit : end, limit)
    return first < last ? first..<last : 0..<0
  }
}
