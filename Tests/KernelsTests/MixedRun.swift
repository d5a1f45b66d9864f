import CKernels
import Testing

import func Glibc.exp

/// One convolution with numbers made up for it, and what it has to give.
struct MixedRun {
  typealias Formats = (x: fk_format, y: fk_format, residual: fk_format)

  private let test: MixedConvolutionTests.Case
  private let activation: fk_activation
  private let formats: Formats
  private let isDepthwise: Bool
  private let out: (height: Int, width: Int)
  private let x: [Float], weights: [Float], bias: [Float], slope: [Float], residual: [Float]

  /// Channels of the input.
  private var channelsIn: Int { isDepthwise ? test.channels.out : test.channels.in }
  private var pixel: Int { channelsIn + test.gap }

  init(_ test: MixedConvolutionTests.Case, _ activation: fk_activation, _ formats: Formats, isDepthwise: Bool) {
    (self.test, self.activation, self.formats, self.isDepthwise) = (test, activation, formats, isDepthwise)
    func span(_ kernel: Int) -> Int { (kernel - 1) * test.dilation + 1 }
    out = (
      (test.size.height - min(span(test.kernel.height), test.size.height)) / test.stride + 1,
      (test.size.width - min(span(test.kernel.width), test.size.width)) / test.stride + 1
    )
    var state: UInt64 = 12345
    func values(_ count: Int, _ format: fk_format) -> [Float] {
      (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let value = Float(state >> 40) / Float(1 << 23) - 1
        return format == FK_BFLOAT16 ? fk_float_from_bf16(fk_bf16_from_float(value)) : value
      }
    }
    let ins = isDepthwise ? test.channels.out : test.channels.in
    x = values(test.size.height * test.size.width * (ins + test.gap), formats.x)
    // Products of depthwise layers are float32 in every format.
    weights = values(
      test.channels.out * test.channels.in * test.kernel.height * test.kernel.width,
      isDepthwise ? FK_FLOAT32 : formats.x)
    bias = values(test.channels.out, FK_FLOAT32)
    slope = values(test.channels.out, FK_FLOAT32)
    residual = values(out.height * out.width * test.channels.out, formats.residual)
  }

  /// The numbers as bytes of a format, with some behind them that must stay as they are.
  private static func bytes(_ values: [Float], _ format: fk_format) -> [UInt8] {
    values.flatMap { value -> [UInt8] in
      format == FK_BFLOAT16
        ? withUnsafeBytes(of: fk_bf16_from_float(value)) { Array($0) } : withUnsafeBytes(of: value) { Array($0) }
    }
  }

  private static let guardBytes = 128

  func check(_ isa: fk_isa, sourceLocation: SourceLocation = #_sourceLocation) {
    let count = out.height * out.width * test.channels.out
    let size = formats.y == FK_BFLOAT16 ? 2 : 4
    var y = [UInt8](repeating: 0xA5, count: count * size + Self.guardBytes)
    run(isa, into: &y)
    #expect(y[(count * size)...].allSatisfy { $0 == 0xA5 }, "wrote behind the output", sourceLocation: sourceLocation)
    for (index, (value, scale)) in expected().enumerated() {
      let got = y.withUnsafeBytes { bytes in
        size == 2
          ? Double(fk_float_from_bf16(bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
          : Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
      }
      // Half a unit in the last place of bf16 for the one rounding, and what float32 sums may lose.
      let tolerance = (size == 2 ? abs(value) / 256 : 0) + scale * 4e-6 + 1e-6
      #expect(
        abs(got - value) <= tolerance, "\(test.testDescription) at \(index): \(got), not \(value)",
        sourceLocation: sourceLocation)
    }
  }

  private func run(_ isa: fk_isa, into y: inout [UInt8]) {
    let (outs, kernel) = (test.channels.out, test.kernel)
    let padded = isDepthwise ? outs : Int(fk_mixed_padded_channels(Int32(outs)))
    func lengthened(_ values: [Float]) -> [Float] { values + [Float](repeating: 0, count: padded - outs) }
    var packed = [Float](repeating: 0, count: padded * test.channels.in * kernel.height * kernel.width)
    if isDepthwise {
      fk_depthwise_pack(weights, Int32(outs), Int32(kernel.height), Int32(kernel.width), &packed)
    } else {
      fk_mixed_pack(
        formats.x, weights, Int32(outs), Int32(test.channels.in), Int32(kernel.height), Int32(kernel.width), &packed)
    }
    var input = Self.bytes(x, formats.x)
    var add = Self.bytes(residual, formats.residual)
    let (biases, slopes) = (lengthened(bias), lengthened(slope))
    func view(_ bytes: UnsafeMutableRawBufferPointer, _ pixel: Int, _ height: Int, _ width: Int, _ c: Int) -> fk_view {
      fk_view(
        data: bytes.baseAddress?.assumingMemoryBound(to: Float.self), pixel: pixel, row: width * pixel,
        image: height * width * pixel, n: 1, h: Int32(height), w: Int32(width), c: Int32(c))
    }
    input.withUnsafeMutableBytes { input in
      add.withUnsafeMutableBytes { add in
        y.withUnsafeMutableBytes { y in
          packed.withUnsafeBufferPointer { packed in
            biases.withUnsafeBufferPointer { biases in
              slopes.withUnsafeBufferPointer { slopes in
                let conv = fk_conv(
                  x: view(input, pixel, test.size.height, test.size.width, channelsIn),
                  y: view(y, outs, out.height, out.width, outs),
                  residual: view(add, outs, out.height, out.width, outs), kernel_h: Int32(kernel.height),
                  kernel_w: Int32(kernel.width), stride_h: Int32(test.stride), stride_w: Int32(test.stride),
                  dilation_h: Int32(test.dilation), dilation_w: Int32(test.dilation), weights: packed.baseAddress,
                  bias: biases.baseAddress,
                  epilogue: fk_epilogue(kind: activation, low: 0.25, high: 0.5, slope: slopes.baseAddress))
                var call = fk_mixed_conv()
                (call.conv, call.x, call.y, call.residual) = (conv, formats.x, formats.y, formats.residual)
                if isDepthwise {
                  fk_mixed_depthwise_run(isa, &call, 0, out.height)
                } else {
                  fk_mixed_run(isa, &call, 0, out.height * out.width, 0, fk_mixed_blocks(Int32(outs)))
                }
              }
            }
          }
        }
      }
    }
  }

  /// Each output in double precision, with the sum of the magnitudes that went into it.
  private func expected() -> [(value: Double, scale: Double)] {
    let (outs, kernel) = (test.channels.out, test.kernel)
    return (0..<out.height * out.width * outs).map { index in
      let (o, column, line) = (index % outs, index / outs % out.width, index / outs / out.width)
      var (sum, scale) = (Double(bias[o]), Double(abs(bias[o])))
      for ky in 0..<kernel.height {
        for kx in 0..<kernel.width {
          let row = line * test.stride + ky * test.dilation
          let at = (row * test.size.width + column * test.stride + kx * test.dilation) * pixel
          for c in 0..<test.channels.in {
            let weight = weights[((o * test.channels.in + c) * kernel.height + ky) * kernel.width + kx]
            let product = Double(x[at + (isDepthwise ? o : c)]) * Double(weight)
            sum += product
            scale += abs(product)
          }
        }
      }
      sum += Double(residual[index])
      return (activated(sum, o), scale + Double(abs(residual[index])))
    }
  }

  private func activated(_ x: Double, _ channel: Int) -> Double {
    switch activation {
    case FK_ACT_RELU: max(x, 0)
    case FK_ACT_PRELU: x > 0 ? x : x * Double(slope[channel])
    case FK_ACT_LEAKY: x > 0 ? x : x * 0.25
    case FK_ACT_CLIP: min(max(x, 0.25), 0.5)
    case FK_ACT_SIGMOID: 1 / (1 + exp(-x))
    case FK_ACT_HARD_SIGMOID: min(max(x * 0.25 + 0.5, 0), 1)
    case FK_ACT_HARD_SWISH: x * min(max(x / 6 + 0.5, 0), 1)
    default: x
    }
  }
}
