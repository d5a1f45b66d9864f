import FaceModels
import Images
import Testing
import Training

@Suite struct AugmentationTests {
  private let sample = SampleImage(id: 11, image: Pictures.pattern(2), face: Pictures.face)

  @Test func everyAugmentationHasANameOfItsOwn() {
    #expect(
      Set(AugmentationPipeline.names) == [
        "rotation", "shift", "scale", "flip", "brightness", "contrast", "hueSaturation", "noise", "blur", "cutout",
      ])
    #expect(AugmentationPipeline.names.count == AugmentationPipeline.all.count)
  }

  @Test func seedEpochAndSampleDecideTheDrawAndNothingElse() throws {
    let pipeline = AugmentationPipeline(seed: 4)
    func draw(_ pipeline: AugmentationPipeline, id: Int64 = 11, epoch: Int = 2) throws -> [UInt8] {
      let sample = SampleImage(id: id, image: sample.image, face: sample.face)
      return try #require(pipeline.draw(sample, alignment: Pictures.dlib, epoch: epoch)).pixels
    }
    let first = try draw(pipeline)
    _ = try draw(pipeline, id: 99, epoch: 7)
    #expect(try draw(pipeline) == first)
    #expect(try draw(AugmentationPipeline(seed: 4)) == first)
    #expect(try draw(pipeline, epoch: 3) != first)
    #expect(try draw(pipeline, id: 12) != first)
    #expect(try draw(AugmentationPipeline(seed: 5)) != first)
  }

  @Test func aKnownDrawStaysWhatItIs() throws {
    // Pinned, so that a change of the generator, of an order or of a strength shows.
    let drawn = try #require(AugmentationPipeline(seed: 1).draw(sample, alignment: Pictures.arcFace, epoch: 1))
    var sum = 0
    for (index, value) in drawn.pixels.enumerated() { sum += (index % 251 + 1) * Int(value) }
    #expect(abs(sum - AugmentationTests.pinned) < 2000)
  }
  private static let pinned = 410_879_702

  @Test(arguments: ["brightness", "contrast", "hueSaturation", "noise", "blur", "cutout"])
  func leavingOneOutDoesNotChangeTheOthers(_ name: String) throws {
    let alone = AugmentationPipeline([name], seed: 8)
    #expect(alone.pixel.count == 1 && alone.geometric.isEmpty)
    let plain = try #require(Pictures.dlib.crop(sample.face, from: sample.image))
    let draws = (1...12).compactMap { alone.draw(sample, alignment: Pictures.dlib, epoch: $0) }
    #expect(draws.count == 12)
    // Each does something now and then, and not always the same.
    #expect(draws.contains { $0.pixels != plain.pixels })
    #expect(Set(draws.map(\.pixels)).count > 2)
  }

  @Test func brightnessMultipliesAndCutsOff() {
    var pixels = FloatPixels(Pictures.pattern(3, side: 40))
    let before = pixels.values
    var random = SeededRandom(seed: 1)
    Brightness(probability: 1, factors: 0.25...0.25).apply(to: &pixels, &random)
    #expect(zip(before, pixels.values).allSatisfy { abs($0 * 0.25 - $1) < 1e-3 })
    Brightness(probability: 1, factors: 100...100).apply(to: &pixels, &random)
    #expect(pixels.values.allSatisfy { $0 <= 255 })
  }

  @Test func contrastKeepsTheMeanAndSaturationTheBrightness() {
    let image = Pictures.pattern(4, side: 40)
    func luma(_ values: [Float]) -> [Float] {
      stride(from: 0, to: values.count, by: 3).map { index -> Float in
        let (red, green, blue) = (values[index], values[index + 1], values[index + 2])
        return 0.299 * red + 0.587 * green + 0.114 * blue
      }
    }
    let before = luma(FloatPixels(image).values)
    let mean = before.reduce(0, +) / Float(before.count)
    var pixels = FloatPixels(image)
    var random = SeededRandom(seed: 1)
    Contrast(probability: 1, factors: 0.5...0.5).apply(to: &pixels, &random)
    let flat = luma(pixels.values)
    #expect(abs(flat.reduce(0, +) / Float(flat.count) - mean) < 0.05)
    #expect(zip(before, flat).allSatisfy { abs(($0 - mean) * 0.5 - ($1 - mean)) < 0.05 })

    pixels = FloatPixels(image)
    HueSaturation(probability: 1, mostTurn: 30, saturations: 0.5...1.5).apply(to: &pixels, &random)
    #expect(zip(before, luma(pixels.values)).allSatisfy { abs($0 - $1) < 0.3 })
    #expect(pixels.values != FloatPixels(image).values)
    pixels = FloatPixels(image)
    HueSaturation(probability: 1, mostTurn: 0, saturations: 0...0).apply(to: &pixels, &random)
    for index in stride(from: 0, to: pixels.values.count, by: 3) {
      let (red, green, blue) = (pixels.values[index], pixels.values[index + 1], pixels.values[index + 2])
      guard abs(red - green) >= 0.3 || abs(red - blue) >= 0.3 else { continue }
      Issue.record("pixel \(index / 3) is not gray")
      break
    }
  }

  @Test func blurIsAGaussianOfItsDeviation() {
    // The spread of a blurred point is the deviation asked for.
    var values = [UInt8](repeating: 0, count: 61 * 61 * 3)
    for channel in 0..<3 { values[(30 * 61 + 30) * 3 + channel] = 255 }
    var pixels = FloatPixels(Image(width: 61, height: 61, pixels: values))
    Blur.gaussian(&pixels, deviation: 3)
    var (sum, square) = (0.0, 0.0)
    for y in 0..<61 {
      for x in 0..<61 {
        let value = Double(pixels.values[(y * 61 + x) * 3])
        sum += value
        square += value * Double((x - 30) * (x - 30))
      }
    }
    #expect(abs(sum - 255) < 0.1)
    #expect(abs((square / sum).squareRoot() - 3) < 0.05)
    let untouched = FloatPixels(Pictures.pattern(1, side: 30)).values
    var other = FloatPixels(Pictures.pattern(1, side: 30))
    Blur.gaussian(&other, deviation: 0.1)
    #expect(other.values == untouched)
  }

  @Test func noiseHasADeviationUpToTheMost() {
    var random = SeededRandom(seed: 3)
    var most = 0.0
    for _ in 0..<30 {
      var pixels = FloatPixels(Image(width: 40, height: 40, pixels: [UInt8](repeating: 128, count: 4800)))
      Noise(probability: 1, most: 10).apply(to: &pixels, &random)
      var square = 0.0
      for value in pixels.values { square += Double((value - 128) * (value - 128)) }
      let deviation = (square / Double(pixels.values.count)).squareRoot()
      #expect(deviation < 10.5)
      most = max(most, deviation)
    }
    #expect(most > 7)
  }

  @Test func cutoutHidesOneRectangleOfItsSize() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<40 {
      let image = Pictures.pattern(5, side: 100)
      var pixels = FloatPixels(image)
      Cutout(probability: 1, sides: 0.1...0.3).apply(to: &pixels, &random)
      let changed = zip(FloatPixels(image).values, pixels.values).count { $0 != $1 } / 3
      #expect(changed <= 900)
    }
  }

  @Test func theSheetHasOriginalsFirstAndDrawsBeside() throws {
    let samples = (1...3).map { SampleImage(id: Int64($0), image: Pictures.pattern(UInt64($0)), face: Pictures.face) }
    let pipeline = AugmentationPipeline(seed: 2)
    let sheet = try #require(AugmentationSheet.make(samples, pipeline: pipeline, alignment: Pictures.arcFace, draws: 4))
    #expect(sheet.width >= 5 * 112 && sheet.height >= 3 * 112)
    let original = try #require(Pictures.arcFace.crop(Pictures.face, from: samples[1].image))
    #expect(sheet.cropped(x: 4, y: 4 + 116, width: 112, height: 112).pixels == original.pixels)
    let drawn = try #require(pipeline.draw(samples[1], alignment: Pictures.arcFace, epoch: 1))
    #expect(sheet.cropped(x: 4 + 116 + 4, y: 4 + 116, width: 112, height: 112).pixels == drawn.pixels)
    #expect(AugmentationSheet.make([], pipeline: pipeline, alignment: Pictures.arcFace) == nil)
  }
}
