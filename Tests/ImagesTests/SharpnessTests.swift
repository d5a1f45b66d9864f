import Images
import Testing

@Suite struct SharpnessTests {
  @Test func luminanceFollowsTheStandard() {
    let colors: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 10, 200, 90]
    let plane = Image(width: 3, height: 2, pixels: colors).luminance
    #expect(plane.values == [76, 150, 29, 255, 0, 131])
    #expect(abs(plane.mean - 641.0 / 6) < 1e-9)
    let part = Image(width: 3, height: 2, pixels: colors).luminance(x: 1, y: -4, width: 9, height: 5)
    #expect(part == GrayPlane(width: 2, height: 1, values: [150, 29]))
    #expect(GrayPlane(width: 2, height: 1, values: [10, 30]).standardDeviation == 10)
  }

  /// Values from OpenCV 5.0: `cv2.Laplacian(plane, cv2.CV_64F).var()`.
  @Test func laplacianEqualsOpenCVs() {
    let values = (0..<20).map { (i: Int) -> UInt8 in UInt8((i * i * 37 + i * 11) % 256) }
    #expect(abs(Sharpness.laplacianVariance(GrayPlane(width: 5, height: 4, values: values)) - 101655.4) < 1e-6)
    #expect(abs(Sharpness.laplacianVariance(GrayPlane(width: 2, height: 10, values: values)) - 140787.84) < 1e-6)
    #expect(Sharpness.laplacianVariance(GrayPlane(width: 1, height: 1, values: [9])) == 0)
  }

  @Test func blurringLowersIt() {
    let sharp = Fixtures.picture(120, 90)
    let blurred = sharp.resized(width: 40, height: 30).resized(width: 120, height: 90)
    #expect(
      Sharpness.laplacianVariance(sharp.luminance) > 4 * Sharpness.laplacianVariance(blurred.luminance))
  }
}
