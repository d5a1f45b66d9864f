import Images
import Testing

@Suite struct GeometryTests {
  private let picture = Fixtures.picture(13, 11)

  @Test func cropsAreClamped() {
    let cut = picture.cropped(x: 3, y: 2, width: 5, height: 4)
    #expect(cut.width == 5 && cut.height == 4)
    #expect(cut.pixel(0, 0) == picture.pixel(3, 2) && cut.pixel(4, 3) == picture.pixel(7, 5))
    let corner = picture.cropped(x: -4, y: -4, width: 6, height: 7)
    #expect(corner.width == 2 && corner.height == 3 && corner.pixel(1, 2) == picture.pixel(1, 2))
    let outside = picture.cropped(x: 100, y: -50, width: 20, height: 3)
    #expect(outside.width == 1 && outside.height == 1 && outside.pixels == picture.pixel(12, 0))
    let all = picture.cropped(x: Int.min, y: -1, width: Int.max, height: Int.max)
    #expect(all.width == 1 && all.height == 11)
    #expect(picture.cropped(x: 5, y: 5, width: Int.max, height: -3).width == 8)
  }

  @Test func flippingExchangesLeftAndRight() {
    let flipped = picture.flippedHorizontally()
    #expect(flipped.pixel(0, 4) == picture.pixel(12, 4))
    #expect(flipped.flippedHorizontally().pixels == picture.pixels)
  }

  @Test func shrinkingAveragesAreas() {
    let small = picture.cropped(x: 0, y: 0, width: 12, height: 9).resized(width: 4, height: 3)
    for y in 0..<3 {
      for x in 0..<4 {
        for channel in 0..<3 {
          let sum = (0..<9).reduce(0) { $0 + Int(picture.pixel(x * 3 + $1 % 3, y * 3 + $1 / 3)[channel]) }
          #expect(abs(Double(small.pixel(x, y)[channel]) - Double(sum) / 9) <= 0.501)
        }
      }
    }
  }

  /// 3 pixels to 2: each covers one and a half.
  @Test func fractionsOfPixelsCount() {
    let row = Image(width: 3, height: 1, pixels: [0, 0, 0, 90, 90, 90, 240, 240, 240])
    #expect(row.resized(width: 2, height: 1).pixels == [30, 30, 30, 190, 190, 190])
  }

  @Test func growingInterpolatesBetweenCentres() {
    let row = Image(width: 2, height: 1, pixels: [0, 10, 20, 100, 110, 120])
    let wide = row.resized(width: 4, height: 2)
    let line: [UInt8] = [0, 10, 20, 25, 35, 45, 75, 85, 95, 100, 110, 120]
    #expect(wide.pixels == line + line)
    let dot = Image(width: 1, height: 1, pixels: [1, 2, 3]).resized(width: 3, height: 5)
    #expect(dot.pixels == (0..<15).flatMap { _ in [1, 2, 3] })
  }

  @Test(arguments: [(1, 1), (13, 1), (1, 11), (26, 5), (7, 30), (12, 10), (14, 12)])
  func flatPicturesStayFlat(_ width: Int, _ height: Int) {
    let flat = Image(width: 13, height: 11, pixels: [UInt8](repeating: 173, count: 429))
    #expect(flat.resized(width: width, height: height).pixels.allSatisfy { $0 == 173 })
  }
}
