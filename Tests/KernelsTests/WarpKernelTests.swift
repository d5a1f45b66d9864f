import CKernels
import Testing

/// The sampling and normalizing kernels against their definitions, on every instruction set.
@Suite struct WarpKernelTests {
  static let instructionSets = [FK_ISA_BASE, FK_ISA_AVX2, FK_ISA_AVX512].filter { fk_isa_supported($0) != 0 }

  struct Case: Sendable {
    var image: (width: Int, height: Int)
    var path: [Double]
    var fill: UInt8?
    var out: (width: Int, height: Int)
  }

  static let cases = [
    Case(image: (37, 23), path: [0.8, 0.3, -3, -0.3, 0.8, 4], fill: 9, out: (31, 29)),
    Case(image: (37, 23), path: [0.8, 0.3, -3, -0.3, 0.8, 4], fill: nil, out: (31, 29)),
    Case(image: (16, 8), path: [1, 0, 0, 0, 1, 0], fill: 0, out: (16, 8)),
    Case(image: (5, 4), path: [-1.5, 0, 6, 0, 0.25, -1], fill: 255, out: (7, 33)),
    Case(image: (1, 1), path: [0.1, 0, -0.5, 0, 0.1, -0.5], fill: 40, out: (11, 11)),
    Case(image: (2, 3), path: [.nan, 0, 0, 0, 1, 0], fill: 17, out: (3, 3)),
    Case(image: (2, 3), path: [1e300, 0, -1e300, 0, 1, 0], fill: nil, out: (3, 3)),
  ]

  @Test(arguments: cases.indices) func samplesAsDefined(_ index: Int) {
    let test = Self.cases[index]
    let (width, height) = test.image
    let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ ($0 >> 3)) }
    let path = test.path
    let length = test.out.width * test.out.height * 3
    for index in Self.instructionSets.indices {
      // What lies behind must stay as it is.
      var out = [UInt8](repeating: 77, count: length + 8)
      pixels.withUnsafeBufferPointer { pixels in
        var warp = fk_warp(
          pixels: pixels.baseAddress, w: Int32(width), h: Int32(height),
          path: (path[0], path[1], path[2], path[3], path[4], path[5]), goes_on: test.fill == nil ? 1 : 0,
          fill: test.fill ?? 0)
        fk_warp_rgb8(Self.instructionSets[index], &warp, &out, Int32(test.out.width), Int32(test.out.height))
      }
      #expect(out[length...].allSatisfy { $0 == 77 })
      for y in 0..<test.out.height {
        for x in 0..<test.out.width {
          for channel in 0..<3 {
            let got = Double(out[(y * test.out.width + x) * 3 + channel])
            #expect(abs(got - Self.sample(pixels, test, x, y, channel)) <= 0.501)
          }
        }
      }
    }
  }

  /// The value before it is rounded, straight from the definition.
  private static func sample(_ pixels: [UInt8], _ test: Case, _ x: Int, _ y: Int, _ channel: Int) -> Double {
    let (width, height) = test.image
    var atX = test.path[0] * Double(x) + test.path[1] * Double(y) + test.path[2]
    var atY = test.path[3] * Double(x) + test.path[4] * Double(y) + test.path[5]
    if test.fill == nil {
      atX = min(max(atX, 0), Double(width - 1))
      atY = min(max(atY, 0), Double(height - 1))
    }
    guard atX > -1, atX < Double(width), atY > -1, atY < Double(height) else { return Double(test.fill ?? 0) }
    let (left, top) = (Int(atX.rounded(.down)), Int(atY.rounded(.down)))
    let (right, down) = (atX - Double(left), atY - Double(top))
    func value(_ x: Int, _ y: Int) -> Double {
      guard x >= 0, y >= 0, x < width, y < height else { return Double(test.fill ?? 0) }
      return Double(pixels[(y * width + x) * 3 + channel])
    }
    let upper = value(left, top) * (1 - right) + value(left + 1, top) * right
    let lower = value(left, top + 1) * (1 - right) + value(left + 1, top + 1) * right
    return upper * (1 - down) + lower * down
  }

  @Test(arguments: [1, 3, 4, 7, 8, 17, 40]) func normalizesEveryChannel(_ count: Int) {
    let pixels = (0..<count * 3).map { UInt8(truncatingIfNeeded: $0 &* 91 ^ 5) }
    let (mean, scale): ([Float], [Float]) = ([104, 117, 123.5], [0.5, 0.25, 0.125])
    for index in Self.instructionSets.indices {
      for swap in [0, 1] {
        var out = [Float](repeating: 777, count: count * 3 + 4)
        fk_normalize_rgb8(Self.instructionSets[index], pixels, count, mean, scale, Int32(swap), &out)
        for i in 0..<count * 3 {
          let channel = swap == 1 ? 2 - i % 3 : i % 3
          let value = Float(pixels[i / 3 * 3 + channel])
          #expect(out[i] == (value - mean[channel]) * scale[channel])
        }
        #expect(out[(count * 3)...].allSatisfy { $0 == 777 })
      }
    }
  }
}
