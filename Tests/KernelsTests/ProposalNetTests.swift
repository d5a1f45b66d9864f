import CKernels
import Testing

/// The fused first network of MTCNN against its layers written out, on odd sizes and on every instruction set.
@Suite struct ProposalNetTests {
  static let instructionSets = [FK_ISA_BASE, FK_ISA_AVX2, FK_ISA_AVX512, FK_ISA_WIDE_ON_AVX2].filter {
    fk_isa_supported($0) != 0
  }

  struct Size: Sendable, CustomTestStringConvertible {
    var width: Int
    var height: Int
    var testDescription: String { "\(width)x\(height)" }
  }

  static let sizes = [(12, 12), (13, 17), (14, 13), (35, 47), (46, 44), (131, 30), (40, 101), (257, 33)].map {
    Size(width: $0.0, height: $0.1)
  }

  @Test(arguments: sizes) func agreesWithItsLayers(_ size: Size) {
    let net = ReferenceNet()
    let picture = (width: 97, height: 61)
    let pixels = (0..<picture.width * picture.height * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ ($0 >> 3)) }
    var flat = [Float](repeating: 0, count: size.width * size.height * 3)
    var sums = [Float](repeating: 0, count: picture.width * 3 + 1)
    fk_area_resize_rgb8(
      FK_ISA_BASE, pixels, picture.width * 3, 0, 0, Int32(picture.width), Int32(picture.height), &flat,
      Int32(size.width), Int32(size.height), 127.5, 0.0078125, 0, Int32(size.height), &sums)
    let expected = net.run(flat, width: size.width, height: size.height)
    #expect(expected.columns == (size.width - 1) / 2 - 4 && expected.rows == (size.height - 1) / 2 - 4)
    for index in Self.instructionSets.indices {
      let isa = Self.instructionSets[index]
      let packed = net.packed(isa)
      // In one piece, and in two that meet at a group of four rows, which give the same to the bit.
      let middle = expected.rows / 8 * 4
      var whole: [[UInt8]]?
      for rows in [[0..<expected.rows], [0..<middle, middle..<expected.rows]] {
        var places: [fk_proposal] = []
        for part in rows where !part.isEmpty {
          places += pixels.withUnsafeBufferPointer { pixels in
            var area = fk_area(
              pixels: pixels.baseAddress, stride: picture.width * 3, w: Int32(picture.width), h: Int32(picture.height),
              out_w: Int32(size.width), out_h: Int32(size.height), mean: 127.5, scale: 0.0078125)
            // What scratch memory holds must not matter.
            var scratch = [Float](repeating: .nan, count: fk_proposal_scratch(isa, &area))
            return [fk_proposal](unsafeUninitializedCapacity: part.count * expected.columns) { found, count in
              count = fk_proposal_run(
                isa, packed, &area, Int32(part.lowerBound), Int32(part.upperBound), -.infinity, &scratch,
                found.baseAddress)
            }
          }
        }
        places.sort { ($0.row, $0.column) < ($1.row, $1.column) }
        #expect(places.count == expected.rows * expected.columns)
        let values = places.map { withUnsafeBytes(of: $0.values) { Array($0) } }
        if let first = whole { #expect(values == first) } else { whole = values }
        for (number, place) in places.enumerated() {
          #expect(Int(place.row) == number / expected.columns && Int(place.column) == number % expected.columns)
          let wanted = expected.values[number]
          let got = [
            place.values.0, place.values.1, place.values.2, place.values.3, place.values.4, place.values.5,
          ]
          #expect(zip(got, wanted).allSatisfy { abs(Double($0) - $1) < 3e-6 })
        }
      }
    }
  }

  @Test func leavesOutWhatIsBelowTheLimit() {
    let net = ReferenceNet()
    let pixels = (0..<80 * 60 * 3).map { UInt8(truncatingIfNeeded: $0 &* 101 ^ ($0 >> 2)) }
    func count(_ isa: fk_isa, _ least: Float) -> Int {
      pixels.withUnsafeBufferPointer { pixels in
        var area = fk_area(
          pixels: pixels.baseAddress, stride: 240, w: 80, h: 60, out_w: 72, out_h: 54, mean: 127.5, scale: 0.0078125)
        var scratch = [Float](repeating: 0, count: fk_proposal_scratch(isa, &area))
        var found = [fk_proposal](repeating: fk_proposal(), count: 22 * 31)
        let count = fk_proposal_run(isa, net.packed(isa), &area, 0, 22, least, &scratch, &found)
        #expect(found.prefix(count).allSatisfy { $0.values.1 - $0.values.0 >= least - 1e-5 })
        return count
      }
    }
    for index in Self.instructionSets.indices {
      let isa = Self.instructionSets[index]
      #expect(count(isa, -.infinity) == 22 * 31)
      #expect((1..<22 * 31).contains(count(isa, 0.1)))
      #expect(count(isa, .infinity) == 0)
    }
  }
}

/// The layers one after the other in double precision, with weights from a small generator; some slopes are negative.
private struct ReferenceNet {
  private var weights: [[Float]] = []
  private static let channels = [(3, 10), (10, 16), (16, 32)]

  init() {
    var state: UInt32 = 1
    func values(_ count: Int, _ range: Float) -> [Float] {
      (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return (Float(state >> 8) / Float(1 << 23) - 1) * range
      }
    }
    for (ins, out) in Self.channels { weights += [values(out * ins * 9, 0.3), values(out, 0.1), values(out, 0.5)] }
    weights += [values(6 * 32, 0.4), values(6, 0.1)]
  }

  func packed(_ isa: fk_isa) -> [Float] {
    // Each tensor's memory has to last for the call.
    let memory = weights.map { values in
      let copy = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
      copy.initialize(from: values, count: values.count)
      return copy
    }
    defer { memory.forEach { $0.deallocate() } }
    let layers = (0..<3).map {
      fk_proposal_layer(weights: memory[3 * $0], bias: memory[3 * $0 + 1], slopes: memory[3 * $0 + 2])
    }
    var packed = [Float](repeating: .nan, count: fk_proposal_weight_count())
    fk_proposal_pack(isa, layers, memory[9], memory[10], &packed)
    return packed
  }

  /// Six values for each place, row by row.
  func run(_ picture: [Float], width: Int, height: Int) -> (rows: Int, columns: Int, values: [[Double]]) {
    var plane = Plane(channels: 3, rows: height, columns: width) { c, y, x in
      Double(picture[(y * width + x) * 3 + c])
    }
    plane = convolved(plane, layer: 0)
    let before = plane
    plane = Plane(channels: 10, rows: (before.rows + 1) / 2, columns: (before.columns + 1) / 2) { c, y, x in
      var best = -Double.infinity
      for row in 2 * y..<min(2 * y + 2, before.rows) {
        for column in 2 * x..<min(2 * x + 2, before.columns) { best = max(best, before[c, row, column]) }
      }
      return best
    }
    plane = convolved(convolved(plane, layer: 1), layer: 2)
    var values: [[Double]] = []
    for y in 0..<plane.rows {
      for x in 0..<plane.columns {
        values.append(
          (0..<6).map { head in
            (0..<32).reduce(Double(weights[10][head])) { $0 + Double(weights[9][head * 32 + $1]) * plane[$1, y, x] }
          })
      }
    }
    return (plane.rows, plane.columns, values)
  }

  private func convolved(_ input: Plane, layer: Int) -> Plane {
    let (kernel, bias, slopes) = (weights[3 * layer], weights[3 * layer + 1], weights[3 * layer + 2])
    return Plane(channels: bias.count, rows: input.rows - 2, columns: input.columns - 2) { out, y, x in
      var sum = Double(bias[out])
      for c in 0..<input.channels {
        for tap in 0..<9 {
          sum += Double(kernel[(out * input.channels + c) * 9 + tap]) * input[c, y + tap / 3, x + tap % 3]
        }
      }
      return sum > 0 ? sum : sum * Double(slopes[out])
    }
  }
}

private struct Plane {
  let channels: Int
  let rows: Int
  let columns: Int
  private var values: [Double] = []

  init(channels: Int, rows: Int, columns: Int, _ value: (Int, Int, Int) -> Double) {
    (self.channels, self.rows, self.columns) = (channels, rows, columns)
    for c in 0..<channels {
      for y in 0..<rows {
        for x in 0..<columns { values.append(value(c, y, x)) }
      }
    }
  }

  subscript(_ channel: Int, _ row: Int, _ column: Int) -> Double {
    values[(channel * rows + row) * columns + column]
  }
}
