import CKernels
import Testing

/// Convolutions of bytes against sums in double precision of the numbers the bytes stand for.
@Suite struct ByteConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var size: (height: Int, width: Int)
    var channels: (in: Int, out: Int)
    var kernel: Int
    var stride = 1
    var testDescription: String { "\(size.height)x\(size.width) \(channels.in)->\(channels.out) \(kernel)/\(stride)" }
  }

  static let cases: [Case] = [
    Case(size: (5, 7), channels: (4, 1), kernel: 1), Case(size: (7, 9), channels: (8, 17), kernel: 3),
    Case(size: (9, 8), channels: (12, 50), kernel: 3, stride: 2), Case(size: (3, 3), channels: (36, 130), kernel: 1),
    Case(size: (11, 6), channels: (4, 33), kernel: 5),
  ]
  static let sets = [FK_ISA_BASE, FK_ISA_AVX512].filter { $0 == FK_ISA_BASE || fk_int8_supported($0) != 0 }
  private let input = fk_quant(scale: 0.03, zero: 77)
  private let output = fk_quant(scale: 0.05, zero: 101)

  @Test(arguments: cases) func denseMatchesDoublePrecision(_ test: Case) {
    let (outs, ins, kernel) = (test.channels.out, test.channels.in, test.kernel)
    let (height, width) = ((test.size.height - kernel) / test.stride + 1, (test.size.width - kernel) / test.stride + 1)
    var x = (0..<test.size.height * test.size.width * ins).map { (index: Int) -> UInt8 in
      UInt8(truncatingIfNeeded: index * 151 + index / 7)
    }
    let depth = ins * kernel * kernel
    let weights = (0..<outs * depth).map { (index: Int) -> Float in
      let whole = Float((index * 7919) % 2003 - 1001)
      return whole / 9000 / Float(index / depth + 1)
    }
    let padded = Int(fk_mixed_padded_channels(Int32(outs)))
    var packed = [Int8](repeating: 0, count: padded * depth)
    var (scale, sum) = ([Float](repeating: 0, count: padded), [Float](repeating: 0, count: padded))
    fk_int8_pack(weights, Int32(outs), Int32(ins), Int32(kernel), Int32(kernel), &packed, &scale, &sum)
    let factor = scale.map { $0 * input.scale }
    let zero = Float(input.zero)
    let bias = (0..<padded).map { (o: Int) -> Float in Self.bias(o) - factor[o] * sum[o] * zero }
    let add = (0..<height * width * outs).map { (index: Int) -> UInt8 in UInt8(truncatingIfNeeded: index * 37) }
    for isa in Self.sets {
      var y = [UInt8](repeating: 0xA5, count: height * width * outs + 64)
      var residual = add
      run(isa, test, (height, width), &x, packed, bias, factor, &residual, &y)
      #expect(y[(height * width * outs)...].allSatisfy { $0 == 0xA5 })
      for index in 0..<height * width * outs {
        let (o, column, line) = (index % outs, index / outs % width, index / outs / width)
        var value = Double(Self.bias(o))
        for tap in 0..<depth {
          let (c, at) = (tap / (kernel * kernel), tap % (kernel * kernel))
          let row = line * test.stride + at / kernel
          let pixel = row * test.size.width + column * test.stride + at % kernel
          let byte = Double(Int(x[pixel * ins + c]) - 77) * Double(input.scale)
          let weight = Double((weights[o * depth + tap] / scale[o]).rounded(.toNearestOrEven))
          value += byte * weight * Double(scale[o])
        }
        value += (Double(add[index]) - 101) * Double(output.scale)
        let exact = min(max(max(value, 0) / Double(output.scale) + 101, 0), 255)
        // Half a unit for the rounding, and what float32 loses.
        #expect(abs(Double(y[index]) - exact) <= 0.51, "\(test.testDescription) at \(index)")
      }
    }
  }

  private static func bias(_ channel: Int) -> Float { Float(channel % 5) / 10 }

  private func run(
    _ isa: fk_isa, _ test: Case, _ out: (height: Int, width: Int), _ x: inout [UInt8], _ packed: [Int8],
    _ bias: [Float],
    _ factor: [Float], _ residual: inout [UInt8], _ y: inout [UInt8]
  ) {
    let outs = test.channels.out
    func view(_ bytes: UnsafeMutableRawBufferPointer, _ height: Int, _ width: Int, _ c: Int) -> fk_view {
      fk_view(
        data: bytes.baseAddress?.assumingMemoryBound(to: Float.self), pixel: c, row: width * c,
        image: height * width * c,
        n: 1, h: Int32(height), w: Int32(width), c: Int32(c))
    }
    x.withUnsafeMutableBytes { x in
      y.withUnsafeMutableBytes { y in
        residual.withUnsafeMutableBytes { residual in
          packed.withUnsafeBytes { packed in
            bias.withUnsafeBufferPointer { bias in
              factor.withUnsafeBufferPointer { factor in
                let conv = fk_conv(
                  x: view(x, test.size.height, test.size.width, test.channels.in),
                  y: view(y, out.height, out.width, outs),
                  residual: view(residual, out.height, out.width, outs), kernel_h: Int32(test.kernel),
                  kernel_w: Int32(test.kernel), stride_h: Int32(test.stride), stride_w: Int32(test.stride),
                  dilation_h: 1,
                  dilation_w: 1, weights: packed.baseAddress?.assumingMemoryBound(to: Float.self),
                  bias: bias.baseAddress,
                  epilogue: fk_epilogue(kind: FK_ACT_RELU, low: 0, high: 0, slope: nil))
                var call = fk_mixed_conv(
                  conv: conv, x: FK_UINT8, y: FK_UINT8, residual: FK_UINT8, y_quant: output, residual_quant: output,
                  factor: factor.baseAddress)
                fk_mixed_run(isa, &call, 0, out.height * out.width, 0, fk_mixed_blocks(Int32(outs)))
              }
            }
          }
        }
      }
    }
  }

  @Test(arguments: [(Float(-1), Float(3)), (0, 6), (-2, -1), (0.5, 0.75)])
  func conversionsGoToTheNearestByte(_ low: Float, _ high: Float) {
    let scale = (max(high, 0) - min(low, 0)) / 255
    let quant = fk_quant(scale: scale, zero: Int32((-min(low, 0) / scale).rounded()))
    var values = (0..<300).map { low + (high - low) * Float($0) / 299 }
    let count = values.count
    for isa in [FK_ISA_BASE, FK_ISA_AVX2, FK_ISA_AVX512] where fk_isa_supported(isa) != 0 {
      var bytes = [UInt8](repeating: 0, count: count)
      values.withUnsafeMutableBytes { from in
        bytes.withUnsafeMutableBytes { to in
          func view(_ bytes: UnsafeMutableRawBufferPointer) -> fk_view {
            fk_view(
              data: bytes.baseAddress?.assumingMemoryBound(to: Float.self), pixel: 3, row: 30, image: 300, n: 1, h: 10,
              w: 10, c: 3)
          }
          fk_convert(isa, view(from), FK_FLOAT32, quant, view(to), FK_UINT8, quant, 0, 10)
        }
      }
      for (byte, value) in zip(bytes, values) {
        #expect(abs((Float(byte) - Float(quant.zero)) * scale - value) <= scale * 0.501)
      }
    }
  }
}
