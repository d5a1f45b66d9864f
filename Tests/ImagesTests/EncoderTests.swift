import Images
import Testing

@Suite struct EncoderTests {
  @Test(arguments: [(1, 1), (7, 3), (64, 64), (301, 200)])
  func pngComesBackExactly(_ width: Int, _ height: Int) throws {
    let picture = Fixtures.picture(width, height)
    let decoded = try ImageDecoder.decode(try ImageEncoder.png(picture))
    #expect(decoded.format == .png && decoded.image.width == width && decoded.image.pixels == picture.pixels)
  }

  @Test(arguments: [(1, 1), (7, 3), (64, 64), (301, 200)])
  func jpegComesBackAlike(_ width: Int, _ height: Int) throws {
    let picture = Fixtures.picture(width, height)
    let decoded = try ImageDecoder.decode(try ImageEncoder.jpeg(picture, quality: 95))
    #expect(decoded.format == .jpeg && decoded.image.width == width && decoded.image.height == height)
    #expect(meanDifference(decoded.image, picture) < 8)
  }

  @Test func qualityIsClampedAndCosts() throws {
    let picture = Fixtures.picture(200, 150)
    let sizes = try [-5, 1, 30, 89, 90, 100, 1_000].map { try ImageEncoder.jpeg(picture, quality: $0).count }
    #expect(sizes == sizes.sorted())
    #expect(sizes[0] == sizes[1] && sizes[5] == sizes[6] && sizes[1] < sizes[5])
  }

  /// Noise does not compress: the first guess of the size is too small.
  @Test func incompressiblePicturesFit() throws {
    var state: UInt64 = 1
    let noise = Image(
      width: 700, height: 500,
      pixels: (0..<700 * 500 * 3).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
      })
    let jpeg = try ImageEncoder.jpeg(noise, quality: 100)
    #expect(jpeg.count > noise.pixels.count / 4 + 65_536)
    #expect(try ImageDecoder.decode(jpeg).image.width == 700)
    #expect(try ImageDecoder.decode(try ImageEncoder.png(noise)).image.pixels == noise.pixels)
  }

  @Test func sidesTooLongForJPEGAreAnError() throws {
    let long = Image(width: 65_536, height: 1, pixels: [UInt8](repeating: 5, count: 65_536 * 3))
    #expect(throws: ImageError.self) { try ImageEncoder.jpeg(long) }
    do {
      _ = try ImageEncoder.jpeg(long)
    } catch {
      #expect(error.code == .encodingFailed)
    }
  }
}
