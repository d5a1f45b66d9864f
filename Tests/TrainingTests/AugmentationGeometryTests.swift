import FaceModels
import Images
import Testing
import Training

@Suite struct AugmentationGeometryTests {
  @Test(arguments: [Pictures.dlib, Pictures.arcFace, Pictures.box])
  func withoutAugmentationsADrawIsTheRecognizersCrop(_ alignment: Alignment) throws {
    let sample = SampleImage(id: 3, image: Pictures.pattern(1), face: Pictures.face)
    let drawn = try #require(AugmentationPipeline([], seed: 1).draw(sample, alignment: alignment, epoch: 1))
    let crop = try #require(alignment.crop(sample.face, from: sample.image))
    #expect((drawn.width, drawn.height) == (crop.width, crop.height))
    let differences = zip(drawn.pixels, crop.pixels).map { abs(Int($0) - Int($1)) }
    // A box crop is averaged over areas, not interpolated: edges differ a little.
    let mean = Double(differences.reduce(0, +)) / Double(differences.count)
    if case .template = alignment.kind { #expect(differences.max() == 0) }
    #expect(mean < 3)
  }

  @Test func rotationTurnsByTheAngleItSays() throws {
    // A dot 60 pixels right of the middle of the face, seen through a crop of the same scale.
    let frame = CropFrame(width: 224, height: 224, center: Point(x: 112, y: 131))
    for seed in 0..<20 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var same = random
      let path = Rotation(most: 20).transform(frame, &random)
      let angle = same.uniform(-20, 20) * Double.pi / 180
      let image = Warp.affine(Pictures.dot(172, 131), path, width: 224, height: 224)
      let found = try #require(Pictures.brightest(image))
      let (dx, dy) = (found.x - 112, found.y - 131)
      #expect(abs((dx * dx + dy * dy).squareRoot() - 60) < 0.5)
      // Small angles: the tangent by its series, so that no library function is on both sides.
      let tangent = angle + angle * angle * angle / 3 + 2 * angle * angle * angle * angle * angle / 15
      #expect(abs(dy / dx - tangent) < 0.01)
    }
  }

  @Test func flipMirrorsAboutTheMiddleOfTheFace() throws {
    let frame = CropFrame(width: 224, height: 224, center: Point(x: 100, y: 131))
    var random = SeededRandom(seed: 1)
    let path = Flip(probability: 1).transform(frame, &random)
    let image = Warp.affine(Pictures.dot(130, 90), path, width: 224, height: 224)
    let found = try #require(Pictures.brightest(image))
    #expect(abs(found.x - 70) < 0.3 && abs(found.y - 90) < 0.3)
    #expect(Flip(probability: 0).transform(frame, &random) == .identity)
  }

  @Test func shiftAndScaleStayInTheirRanges() {
    let frame = CropFrame(width: 100, height: 200, center: Point(x: 50, y: 100))
    var (shifts, factors): ([Point], [Double]) = ([], [])
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      shifts.append(Shift(most: 0.1).transform(frame, &random).apply(Point(x: 50, y: 100)))
      let scale = ScaleChange(most: 1.25).transform(frame, &random)
      factors.append(scale.apply(Point(x: 51, y: 100)).x - 50)
      #expect(abs(scale.apply(frame.center).x - 50) < 1e-9)
    }
    #expect(shifts.allSatisfy { abs($0.x - 50) <= 10 && abs($0.y - 100) <= 20 })
    #expect(shifts.contains { $0.x > 57 } && shifts.contains { $0.y < 86 })
    #expect(factors.allSatisfy { (0.8 - 1e-9...1.25 + 1e-9).contains($0) })
    #expect(factors.contains { $0 < 0.85 } && factors.contains { $0 > 1.18 })
  }

  @Test func allThatMovesTheFaceIsOneTransform() throws {
    let pipeline = AugmentationPipeline(["rotation", "shift", "scale", "flip"], seed: 9)
    #expect(pipeline.geometric.count == 4 && pipeline.pixel.isEmpty)
    // A landmark of the kept crop, marked, is found where the composed transform puts it.
    let sample = SampleImage(id: 5, image: Pictures.dot(140, 98.4), face: Pictures.face)
    for epoch in 1...10 {
      let drawn = try #require(pipeline.draw(sample, alignment: Pictures.dlib, epoch: epoch))
      let found = try #require(Pictures.brightest(drawn))
      // The right eye, or mirrored the left: at most 7 degrees, 3 % and 6 % away from its place in the template.
      let places = [Point(x: 102.84, y: 46.54), Point(x: 48.2, y: 46.55)]
      let distance = places.map {
        (($0.x - found.x) * ($0.x - found.x) + ($0.y - found.y) * ($0.y - found.y)).squareRoot()
      }
      #expect((distance.min() ?? 99) < 14)
    }
  }
}
