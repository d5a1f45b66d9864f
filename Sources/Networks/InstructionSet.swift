internal import CKernels

/// A vector instruction set that kernels are built for.
package enum InstructionSet: String, Sendable, CaseIterable {
  case base
  case avx2
  case avx512
  /// The AVX-512 kernels compiled for AVX2, for testing their logic.
  case wideOnAVX2

  /// The widest this processor supports.
  package static let current: InstructionSet = {
    switch fk_detect_isa() {
    case FK_ISA_AVX512: .avx512
    case FK_ISA_AVX2: .avx2
    default: .base
    }
  }()

  /// Whether this processor can run it.
  package var isSupported: Bool { fk_isa_supported(kernel) != 0 }

  var kernel: fk_isa {
    switch self {
    case .base: FK_ISA_BASE
    case .avx2: FK_ISA_AVX2
    case .avx512: FK_ISA_AVX512
    case .wideOnAVX2: FK_ISA_WIDE_ON_AVX2
    }
  }

  /// Whether the processor has AVX-512 (foundation).
  package static var hasAVX512: Bool { fk_avx512_features() & 1 != 0 }
}
