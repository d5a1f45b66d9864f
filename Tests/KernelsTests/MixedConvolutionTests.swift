import CKernels
import Testing

/// Convolutions into and out of bf16 against sums in double precision of the same rounded numbers.
@Suite struct MixedConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var size: (height: Int, width: Int)
    var channels: (in: Int, out: Int)
    var kernel: (height: Int, width: Int)
    var stride = 1
    var dilation = 1
    var gap = 0
    var testDescription: String {
      "\(size.height)x\(size.width) \(channels.in)->\(channels.out) \(kernel.height)x\(kernel.width)/\(stride) gap \(gap)"
    }
  }

  static let cases: [Case] = [
    Case(size: (7, 9), channels: (2, 1), kernel: (1, 1)),
    Case(size: (5, 5), channels: (4, 15), kernel: (3, 3)),
    Case(size: (8, 6), channels: (6, 16), kernel: (3, 3), gap: 4),
    Case(size: (9, 11), channels: (10, 33), kernel: (3, 3), stride: 2),
    Case(size: (12, 13), channels: (8, 50), kernel: (1, 7)),
    Case(size: (13, 9), channels: (14, 64), kernel: (5, 1)),
    Case(size: (3, 3), channels: (34, 130), kernel: (1, 1), gap: 2),
    Case(size: (11, 10), channels: (4, 31), kernel: (3, 3), dilation: 2),
    Case(size: (1, 1), channels: (24, 81), kernel: (1, 1)),
  ]

  static let activations = [
    FK_ACT_NONE, FK_ACT_RELU, FK_ACT_PRELU, FK_ACT_LEAKY, FK_ACT_CLIP, FK_ACT_SIGMOID, FK_ACT_HARD_SIGMOID,
    FK_ACT_HARD_SWISH,
  ]
  /// The plain form, and that of AVX512_BF16 where there is one.
  static let sets = [FK_ISA_BASE, FK_ISA_AVX512].filter { $0 == FK_ISA_BASE || fk_bf16_supported($0) != 0 }

  @Test(arguments: cases) func denseMatchesDoublePrecision(_ test: Case) {
    for (index, activation) in Self.activations.enumerated() {
      for input in [FK_BFLOAT16, FK_FLOAT32] {
        let formats = (input, index % 2 == 0 ? FK_BFLOAT16 : FK_FLOAT32, index % 3 == 0 ? FK_BFLOAT16 : FK_FLOAT32)
        for isa in Self.sets { MixedRun(test, activation, formats, isDepthwise: false).check(isa) }
      }
    }
  }

  @Test(arguments: [1, 3, 16, 17, 40]) func depthwiseMatchesDoublePrecision(_ channels: Int) {
    for (kernel, stride) in [((3, 3), 1), ((3, 3), 2), ((5, 5), 1), ((7, 3), 2)] {
      let test = Case(size: (10, 13), channels: (1, channels), kernel: kernel, stride: stride)
      for (index, activation) in Self.activations.enumerated() {
        for input in [FK_BFLOAT16, FK_FLOAT32] {
          let formats = (input, index % 2 == 0 ? FK_BFLOAT16 : FK_FLOAT32, index % 3 == 0 ? FK_BFLOAT16 : FK_FLOAT32)
          for isa in Self.sets { MixedRun(test, activation, formats, isDepthwise: true).check(isa) }
        }
      }
    }
  }

  @Test func roundingGoesToTheNearestAndTiesToEven() {
    let cases: [(UInt32, UInt16)] = [
      (0x3F80_0000, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F81_8000, 0x3F82), (0x3F80_8001, 0x3F81),
      (0xBF80_7FFF, 0xBF80), (0x7F7F_FFFF, 0x7F80), (0x7F80_0000, 0x7F80), (0xFF80_0000, 0xFF80),
    ]
    for (bits, rounded) in cases { #expect(fk_bf16_from_float(Float(bitPattern: bits)) == rounded) }
    #expect(fk_float_from_bf16(fk_bf16_from_float(.nan)).isNaN)
    #expect(fk_float_from_bf16(0x3FC0) == 1.5)
  }
}
