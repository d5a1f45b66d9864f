import Images
import Testing

@Suite struct ContactSheetTests {
  private func plain(_ value: UInt8, _ width: Int, _ height: Int) -> Image {
    Image(width: width, height: height, pixels: [UInt8](repeating: value, count: width * height * 3))
  }

  @Test func putsTilesInRows() throws {
    let tiles = (0..<5).map { ContactSheet.Tile(image: plain(UInt8($0 * 20), 40, 40), caption: "\($0)") }
    let sheet = try #require(ContactSheet.draw(tiles, cell: 20, gap: 3))
    // Three columns and two rows, each row with its captions.
    #expect(sheet.width == 3 * 23 + 3 && sheet.height == 2 * 35 + 3)
    for (index, value) in [0, 20, 40, 60, 80].enumerated() {
      let pixel = sheet.pixel(3 + index % 3 * 23 + 10, 3 + index / 3 * 35 + 10)
      #expect(pixel == [UInt8(value), UInt8(value), UInt8(value)])
    }
    #expect(sheet.pixel(3 + 2 * 23 + 10, 3 + 35 + 10) == [255, 255, 255])
    let caption = (0..<20).flatMap { x in (22..<33).map { sheet.pixel(3 + x, 3 + $0) } }
    #expect(caption.contains([0, 0, 0]))
  }

  @Test func keepsTheShapeOfAPicture() throws {
    let sheet = try #require(ContactSheet.draw([.init(image: plain(9, 80, 20))], cell: 40, gap: 0))
    #expect(sheet.width == 40 && sheet.height == 52)
    #expect(sheet.pixel(20, 20) == [9, 9, 9])
    #expect(sheet.pixel(20, 5) == [255, 255, 255])
  }

  @Test func refusesWhatCannotBeDrawn() {
    #expect(ContactSheet.draw([], cell: 20, gap: 2) == nil)
    #expect(ContactSheet.draw([.init(image: plain(0, 4, 4))], cell: 0, gap: 2) == nil)
    #expect(ContactSheet.draw([.init(image: plain(0, 4, 4))], cell: 20, gap: -1) == nil)
    let long = ContactSheet.Tile(image: plain(0, 1, 500), caption: String(repeating: "W", count: 10_000))
    #expect(ContactSheet.draw([long], cell: 20, gap: 2)?.width == 24)
  }
}
