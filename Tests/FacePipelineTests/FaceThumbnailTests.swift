import FacePipeline
import Images
import Testing

@Suite struct FaceThumbnailTests {
  /// Circles around a place, as a face is darker and lighter in places of its own.
  private func picture(_ x: Double, _ y: Double, side: Int = 112, light: Double = 1) -> Image {
    var pixels: [UInt8] = []
    for row in 0..<side {
      for column in 0..<side {
        let (dx, dy) = (Double(column) / Double(side) - x, Double(row) / Double(side) - y)
        let value = UInt8(min(255, (80 + 70 * (1 - min(1, 9 * (dx * dx + dy * dy)))) * light))
        pixels += [value, value, value]
      }
    }
    return Image(width: side, height: side, pixels: pixels)
  }

  @Test func knowsTheSameAgainInOtherLightAndSize() {
    let first = FaceThumbnail(aligned: picture(0.4, 0.45))
    #expect(first.likeness(FaceThumbnail(aligned: picture(0.4, 0.45, light: 1.4))) > 0.99)
    #expect(first.likeness(FaceThumbnail(aligned: picture(0.4, 0.45, side: 160))) > 0.98)
    #expect(first.likeness(FaceThumbnail(aligned: picture(0.42, 0.46))) > 0.9)
    #expect(first.likeness(FaceThumbnail(aligned: picture(0.7, 0.7))) < 0.7)
  }

  @Test func takesAnyPicture() {
    let flat = FaceThumbnail(aligned: Image(width: 5, height: 3, pixels: [UInt8](repeating: 7, count: 45)))
    #expect(flat.likeness(flat) == 0)
    #expect(abs(flat.likeness(FaceThumbnail(aligned: picture(0.5, 0.5)))) < 1e-6)
    _ = FaceThumbnail(aligned: Image(width: 1, height: 1, pixels: [1, 2, 3]))
  }
}
