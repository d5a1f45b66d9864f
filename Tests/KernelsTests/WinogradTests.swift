import CKernels
import Testing

/// Winograd's convolutions against sums in double precision, with a border, a residual and activations.
@Suite struct WinogradTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var images = 1
    /// Of the output; the input is two larger each way.
    var size: (height: Int, width: Int)
    var channels: (in: Int, out: Int)
    var activation = FK_ACT_NONE
    var hasResidual = false
    var testDescription: String {
      "\(images)x\(size.height)x\(size.width) \(channels.in)->\(channels.out)\(hasResidual ? " +" : "")"
    }
  }

  static let cases: [Case] = [
    Case(size: (1, 1), channels: (1, 1)), Case(size: (4, 4), channels: (8, 16), activation: FK_ACT_RELU),
    Case(size: (5, 7), channels: (3, 17), hasResidual: true), Case(images: 3, size: (6, 9), channels: (20, 24)),
    Case(size: (13, 11), channels: (33, 50), activation: FK_ACT_PRELU),
    Case(size: (8, 3), channels: (16, 64), activation: FK_ACT_RELU, hasResidual: true),
    Case(images: 2, size: (30, 29), channels: (40, 72), activation: FK_ACT_CLIP),
    Case(size: (17, 40), channels: (64, 8), activation: FK_ACT_SIGMOID, hasResidual: true),
  ]

  @Test(arguments: cases) func matchesDoublePrecision(_ test: Case) {
    let (ins, outs) = (test.channels.in, test.channels.out)
    let (height, width) = (test.size.height, test.size.width)
    let input = (0..<test.images * (height + 2) * (width + 2) * ins).map { (index: Int) -> Float in
      Float((index * 7919 + index / 11) % 2001 - 1000) / 1000
    }
    let weights = (0..<outs * ins * 9).map { (index: Int) -> Float in Float((index * 104_729) % 1999 - 999) / 3000 }
    let add = (0..<test.images * height * width * outs).map { (index: Int) -> Float in Float(index % 17) / 8 - 1 }
    let exact = Self.exact(test, input, weights, add)
    for isa in ConvolutionTests.instructionSets {
      // In two halves, as two threads take it.
      let y = Self.run(isa, test, input, weights, add)
      #expect(y[exact.count...].allSatisfy { $0 == 777 }, "it writes behind the output")
      let worst = zip(y, exact).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(worst < 1e-5 * Double(ins).squareRoot() + 2e-6, "\(test.testDescription): \(worst)")
    }
  }

  private static func bias(_ channel: Int) -> Float { Float(channel % 5) / 10 }
  private static func slope(_ channel: Int) -> Float { Float(channel % 7) / 14 }

  private static func exact(_ test: Case, _ x: [Float], _ weights: [Float], _ add: [Float]) -> [Double] {
    let (ins, outs) = (test.channels.in, test.channels.out)
    let (height, width) = (test.size.height, test.size.width)
    return (0..<test.images * height * width * outs).map { (index: Int) -> Double in
      let (o, pixel) = (index % outs, index / outs)
      let (column, line, image) = (pixel % width, pixel / width % height, pixel / width / height)
      var sum = Double(bias(o)) + (test.hasResidual ? Double(add[index]) : 0)
      for tap in 0..<9 {
        let at = ((image * (height + 2) + line + tap / 3) * (width + 2) + column + tap % 3) * ins
        for c in 0..<ins { sum += Double(x[at + c]) * Double(weights[(o * ins + c) * 9 + tap]) }
      }
      switch test.activation {
      case FK_ACT_RELU: return max(sum, 0)
      case FK_ACT_CLIP: return min(max(sum, -0.5), 0.75)
      case FK_ACT_PRELU: return sum > 0 ? sum : sum * Double(slope(o))
      case FK_ACT_SIGMOID: return 1 / (1 + exponential(-sum))
      default: return sum
      }
    }
  }

  /// e to the power of x, by halving x and squaring.
  private static func exponential(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    let small = x / 1024
    for n in 1...12 {
      term *= small / Double(n)
      sum += term
    }
    for _ in 0..<10 { sum *= sum }
    return sum
  }

  private static func run(
    _ isa: fk_isa, _ test: Case, _ x: [Float], _ weights: [Float], _ add: [Float]
  ) -> [Float] {
    let (ins, outs) = (test.channels.in, test.channels.out)
    let padded = Int(fk_conv_padded_channels(isa, Int32(outs)))
    var packed = [Float](repeating: 0, count: fk_winograd_packed_size(isa, Int32(outs), Int32(ins)))
    var scratch = [Float](repeating: 0, count: 6 * outs * ins)
    fk_winograd_pack(isa, weights, Int32(outs), Int32(ins), &scratch, &packed)
    let biases = (0..<padded).map(bias)
    let slopes = (0..<padded).map(slope)
    var (input, residual) = (x, add)
    var y = [Float](repeating: 777, count: add.count + 64)
    func view(_ data: UnsafeMutablePointer<Float>?, border: Int, _ channels: Int) -> fk_view {
      let (height, width) = (test.size.height + border, test.size.width + border)
      return fk_view(
        data: data, pixel: channels, row: width * channels, image: height * width * channels, n: Int32(test.images),
        h: Int32(height), w: Int32(width), c: Int32(channels))
    }
    // Aligned like the plan's memory is.
    let aligned = UnsafeMutableRawBufferPointer.allocate(byteCount: packed.count * 4, alignment: 64)
    defer { aligned.deallocate() }
    packed.withUnsafeBytes { aligned.copyMemory(from: $0) }
    input.withUnsafeMutableBufferPointer { input in
      residual.withUnsafeMutableBufferPointer { residual in
        y.withUnsafeMutableBufferPointer { y in
          biases.withUnsafeBufferPointer { biases in
            slopes.withUnsafeBufferPointer { slopes in
              var call = fk_conv(
                x: view(input.baseAddress, border: 2, ins), y: view(y.baseAddress, border: 0, outs),
                residual: test.hasResidual ? view(residual.baseAddress, border: 0, outs) : fk_view(), kernel_h: 3,
                kernel_w: 3, stride_h: 1, stride_w: 1, dilation_h: 1, dilation_w: 1,
                weights: aligned.bindMemory(to: Float.self).baseAddress.map { UnsafePointer($0) },
                bias: biases.baseAddress,
                epilogue: fk_epilogue(kind: test.activation, low: -0.5, high: 0.75, slope: slopes.baseAddress))
              let size = fk_winograd_scratch_size(&call)
              let room = UnsafeMutableRawBufferPointer.allocate(byteCount: size * 4, alignment: 64)
              defer { room.deallocate() }
              let scratch = room.bindMemory(to: Float.self).baseAddress
              let tiles = fk_winograd_tiles(&call)
              fk_winograd_run(isa, &call, 0, tiles / 2, scratch)
              fk_winograd_run(isa, &call, tiles / 2, tiles, scratch)
            }
          }
        }
      }
    }
    return y
  }
}
