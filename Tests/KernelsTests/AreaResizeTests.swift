import CKernels
import Testing

/// The resize kernels against the definition, on odd sizes and on every instruction set.
@Suite struct AreaResizeTests {
  static let instructionSets = [FK_ISA_BASE, FK_ISA_AVX2, FK_ISA_AVX512].filter { fk_isa_supported($0) != 0 }

  struct Case: Sendable, CustomTestStringConvertible {
    var image: (width: Int, height: Int)
    var region: (x: Int, y: Int, width: Int, height: Int)
    var out: (width: Int, height: Int)
    var testDescription: String { "\(region.width)x\(region.height) to \(out.width)x\(out.height)" }
  }

  static let cases = [
    Case(image: (37, 23), region: (0, 0, 37, 23), out: (12, 12)),
    Case(image: (37, 23), region: (3, 5, 11, 7), out: (24, 24)),
    Case(image: (5, 4), region: (4, 3, 1, 1), out: (3, 2)),
    Case(image: (64, 48), region: (1, 1, 61, 47), out: (61, 47)),
    Case(image: (90, 200), region: (7, 0, 80, 200), out: (48, 48)),
    Case(image: (33, 9), region: (0, 2, 33, 5), out: (1, 1)),
  ]

  @Test(arguments: cases) func matchesTheDefinition(_ test: Case) {
    let (width, height) = test.image
    let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ ($0 >> 3)) }
    for index in Self.instructionSets.indices {
      for rows in [0..<test.out.height, test.out.height / 2..<test.out.height] {
        var sums = [Float](repeating: 0, count: test.region.width * 3 + 1)
        let count = rows.count * test.out.width * 3
        // What lies behind must stay as it is.
        var out = [Float](repeating: 777, count: count + 8)
        fk_area_resize_rgb8(
          Self.instructionSets[index], pixels, width * 3, Int32(test.region.x), Int32(test.region.y),
          Int32(test.region.width), Int32(test.region.height), &out, Int32(test.out.width), Int32(test.out.height),
          127.5, 0.0078125, Int32(rows.lowerBound), Int32(rows.upperBound), &sums)
        for row in rows {
          for column in 0..<test.out.width {
            for channel in 0..<3 {
              let expected = Self.mean(pixels, width, test, row, column, channel)
              let got = out[((row - rows.lowerBound) * test.out.width + column) * 3 + channel]
              #expect(abs(got - (expected - 127.5) * 0.0078125) < 1e-5)
            }
          }
        }
        #expect(out[count...].allSatisfy { $0 == 777 })
      }
    }
  }

  /// The mean of one window, straight from the definition.
  private static func mean(
    _ pixels: [UInt8], _ width: Int, _ test: Case, _ row: Int, _ column: Int, _ channel: Int
  ) -> Float {
    func window(_ index: Int, _ length: Int, _ out: Int) -> Range<Int> {
      index * length / out..<((index + 1) * length + out - 1) / out
    }
    let rows = window(row, test.region.height, test.out.height)
    let columns = window(column, test.region.width, test.out.width)
    var sum = 0
    for y in rows {
      for x in columns { sum += Int(pixels[((y + test.region.y) * width + x + test.region.x) * 3 + channel]) }
    }
    return Float(sum) / Float(rows.count * columns.count)
  }
}
