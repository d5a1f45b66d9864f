import Images
import Testing

@Suite struct RawPixelsTests {
  private func raw(
    _ count: Int, _ format: PixelFormat, _ width: Int, _ height: Int, _ stride: Int? = nil
  ) -> Result<Image, ImageError> {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    return bytes.withUnsafeBytes { bytes in
      Result { () throws(ImageError) in
        try ImageDecoder.raw(bytes, pixelFormat: format, width: width, height: height, stride: stride)
      }
    }
  }

  @Test func rgbIsTakenAsItIs() throws {
    #expect(try raw(18, .rgb, 3, 2).get().pixels == Array(0..<18))
  }

  @Test func grayBecomesThreeEqualChannels() throws {
    #expect(try raw(4, .gray, 2, 2).get().pixels == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
  }

  @Test func paddingIsSkippedAndOptionalAtTheEnd() throws {
    for count in [10, 8] {
      let image = try raw(count, .gray, 3, 2, 5).get()
      #expect(stride(from: 0, to: 18, by: 3).map { image.pixels[$0] } == [0, 1, 2, 5, 6, 7])
    }
  }

  @Test(
    arguments: [
      (17, 3, 2, nil), (19, 3, 2, nil), (0, 3, 2, nil), (18, 3, 2, 8), (18, 3, 2, -9), (18, 0, 2, nil),
      (18, -3, -2, nil),
      (21, 3, 2, 10), (18, 3, 2, Int.max), (18, 3, 2, Int.min), (0, 0, 0, 0),
    ] as [(Int, Int, Int, Int?)])
  func contradictionsAreBadGeometry(_ count: Int, _ width: Int, _ height: Int, _ stride: Int?) {
    guard case .failure(let error) = raw(count, .rgb, width, height, stride) else {
      Issue.record("\(width) x \(height), stride \(String(describing: stride)), accepted")
      return
    }
    #expect(error.code == .badGeometry)
  }

  @Test(arguments: [(Int.max, Int.max), (Int.max, 1), (65_500, 65_500), (1, 65_501)])
  func hugeSizesAreTooLarge(_ width: Int, _ height: Int) {
    guard case .failure(let error) = raw(3, .rgb, width, height) else {
      Issue.record("accepted")
      return
    }
    #expect(error.code == .tooLarge)
  }
}
