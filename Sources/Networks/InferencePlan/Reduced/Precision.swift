internal import CKernels

/// In what precision a plan computes its convolutions. Everything else is float32 in any of them.
package enum Precision: String, Sendable, CaseIterable {
  /// The reference.
  case float32
  /// Weights and activations between convolutions rounded to bf16 (8 bits of mantissa), sums in float32.
  case bfloat16 = "bf16"
  /// Weights as signed bytes with a scale for each output channel, activations between convolutions as bytes with a scale and
  /// zero for each value, from ranges that were measured; sums in int32, what follows them in float32.
  case int8

  /// Whether this processor has the instructions that make it faster than float32.
  package var isSupported: Bool {
    switch self {
    case .float32: true
    case .bfloat16: fk_bf16_supported(fk_detect_isa()) != 0
    case .int8: fk_int8_supported(fk_detect_isa()) != 0
    }
  }

  /// Whether it is supported where the processor's instructions are used up to those of a set only.
  package func isSupported(with set: InstructionSet?) -> Bool {
    isSupported && (self == .float32 || set == nil || set == .avx512)
  }

  /// The instructions it is made for, as processors list them.
  package var instructions: String {
    switch self {
    case .float32: "nothing in particular"
    case .bfloat16: "AVX512_BF16"
    case .int8: "AVX512_VNNI and AVX512_BF16"
    }
  }

  /// Those that a model can be run in; `int8` needs ranges besides.
  package static let offered: [Precision] = [.float32, .bfloat16, .int8]

  /// The offered ones that are supported here.
  package static var supported: [Precision] { offered.filter(\.isSupported) }
}
