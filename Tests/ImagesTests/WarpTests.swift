import Images
import Testing

@Suite struct WarpTests {
  /// Red grows with x, green with y: interpolation is exact, so every pixel can be computed.
  private let ramp: Image = {
    var pixels: [UInt8] = []
    for y in 0..<40 {
      for x in 0..<50 { pixels += [UInt8(x * 5), UInt8(y * 6), 77] }
    }
    return Image(width: 50, height: 40, pixels: pixels)
  }()

  @Test func identityAndShiftsCopyPixels() {
    let picture = Fixtures.picture(31, 22)
    #expect(Warp.similarity(picture, .identity, width: 31, height: 22).pixels == picture.pixels)
    let moved = Warp.similarity(
      picture, SimilarityTransform(a: 1, b: 0, tx: -4, ty: -7), width: 10, height: 9)
    #expect(moved.pixels == picture.cropped(x: 4, y: 7, width: 10, height: 9).pixels)
  }

  @Test func rotatedAndScaledRampIsExact() throws {
    let transform = SimilarityTransform(a: 1.9, b: 0.8, tx: -11, ty: -40)
    let inverse = try #require(transform.inverse)
    let result = Warp.similarity(ramp, transform, width: 60, height: 50)
    var inside = 0
    for y in 0..<50 {
      for x in 0..<60 {
        let at = inverse.apply(Point(x: Double(x), y: Double(y)))
        guard at.x > 0.01, at.y > 0.01, at.x < 48.99, at.y < 38.99 else { continue }
        inside += 1
        let pixel = result.pixel(x, y)
        #expect(abs(Double(pixel[0]) - at.x * 5) <= 0.51 && abs(Double(pixel[1]) - at.y * 6) <= 0.51)
        #expect(pixel[2] == 77)
      }
    }
    #expect(inside > 1_000)
  }

  @Test func outsideIsFilledAndTheRimBlends() {
    let white = Image(width: 2, height: 2, pixels: [UInt8](repeating: 200, count: 12))
    let result = Warp.similarity(
      white, SimilarityTransform(a: 1, b: 0, tx: 1.5, ty: 1.5), width: 5, height: 5, fill: 100)
    let expected: [UInt8] = [100, 100, 100, 100, 100, 100, 125, 150, 125, 100, 100, 150, 200, 150, 100]
    #expect((0..<15).map { result.pixel($0 % 5, $0 / 5)[0] } == expected)
  }

  @Test func hopelessTransformsGiveFill() {
    for transform in [
      SimilarityTransform(a: 0, b: 0, tx: 0, ty: 0), SimilarityTransform(a: .nan, b: 1, tx: 0, ty: 0),
      SimilarityTransform(a: 1e-300, b: 0, tx: 1, ty: 1), SimilarityTransform(a: 1, b: 0, tx: 1e300, ty: -1e300),
      SimilarityTransform(a: 1e-150, b: 1e-150, tx: 5, ty: 5),
    ] {
      for antialias in [false, true] {
        let result = Warp.similarity(ramp, transform, width: 4, height: 3, fill: 9, antialias: antialias)
        #expect(result.pixels.count == 36)
        #expect(result.pixel(3, 2) == [9, 9, 9])
      }
    }
  }

  /// One-pixel stripes shrunk by eight: plain sampling picks stripes, averaging gives grey everywhere.
  @Test func antialiasingAverages() {
    let stripes = Image(
      width: 400, height: 400,
      pixels: (0..<400).flatMap { _ in (0..<400).flatMap { x in [UInt8](repeating: x % 2 == 0 ? 0 : 254, count: 3) } })
    let transform = SimilarityTransform(a: 0.125, b: 0, tx: -5, ty: -5)
    let plain = Warp.similarity(stripes, transform, width: 30, height: 30)
    #expect(Set(plain.pixels) == [0])
    let smooth = Warp.similarity(stripes, transform, width: 30, height: 30, antialias: true)
    #expect(smooth.pixels.allSatisfy { (126...128).contains($0) })
  }

  /// On a ramp the average of a block is its centre, so averaging must not shift the picture.
  @Test func antialiasingDoesNotShift() throws {
    let wide = ramp.resized(width: 500, height: 400)
    for (a, b) in [(0.21, 0.0), (0.15, 0.1), (0.11, -0.04)] {
      let centre = Point(x: 251, y: 199)
      let transform = SimilarityTransform(
        a: a, b: b, tx: 12 - (a * centre.x - b * centre.y), ty: 10 - (b * centre.x + a * centre.y))
      let plain = Warp.similarity(wide, transform, width: 24, height: 20)
      let smooth = Warp.similarity(wide, transform, width: 24, height: 20, antialias: true)
      #expect(zip(plain.pixels, smooth.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 }, "\(a), \(b)")
    }
  }
}
