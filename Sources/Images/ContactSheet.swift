/// Many small pictures on one.
package enum ContactSheet {
  /// A picture and what to write below it.
  package struct Tile: Sendable {
    package var image: Image
    package var caption: String

    package init(image: Image, caption: String = "") {
      self.image = image
      self.caption = caption
    }
  }

  /// The most tiles that are drawn.
  package static let mostTiles = 1_000
  private static let captionHeight = 12

  /// The tiles in rows, about as many rows as columns; `nil` without any.
  ///
  /// Units: pixels. Each tile is made as large as fits into a square of side `cell`; captions are cut where they do not fit.
  package static func draw(_ tiles: [Tile], cell: Int, gap: Int) -> Image? {
    let tiles = tiles.prefix(mostTiles)
    guard !tiles.isEmpty, (8...1_024).contains(cell), (0...256).contains(gap) else { return nil }
    var columns = 1
    while columns * columns < tiles.count { columns += 1 }
    let rows = (tiles.count + columns - 1) / columns
    let (across, down) = (cell + gap, cell + gap + captionHeight)
    let (width, height) = (columns * across + gap, rows * down + gap)
    var pixels = [UInt8](repeating: 255, count: width * height * 3)
    for (index, tile) in tiles.enumerated() {
      let image = fitted(tile.image, cell)
      let left = gap + index % columns * across + (cell - image.width) / 2
      let top = gap + index / columns * down + (cell - image.height) / 2
      for row in 0..<image.height {
        let target = ((top + row) * width + left) * 3
        let source = row * image.width * 3
        pixels.replaceSubrange(target..<target + image.width * 3, with: image.pixels[source..<source + image.width * 3])
      }
    }
    var canvas = Canvas(Image(width: width, height: height, pixels: pixels))
    for (index, tile) in tiles.enumerated() {
      var glyphs = BitmapFont.glyphs(String(tile.caption.prefix(100)))
      while BitmapFont.width(glyphs) > cell { glyphs.removeLast() }
      canvas.draw(
        glyphs, x: gap + index % columns * across, y: gap + index / columns * down + cell + 2, factor: 1, .black)
    }
    return canvas.image
  }

  /// The picture as large as fits into a square.
  private static func fitted(_ image: Image, _ side: Int) -> Image {
    let longest = max(image.width, image.height)
    func scaled(_ length: Int) -> Int { min(side, max(1, length * side / longest)) }
    return image.resized(width: scaled(image.width), height: scaled(image.height))
  }
}
