internal import CKernels
internal import Glibc

/// A vector instruction set that kernels are built for.
package enum InstructionSet: String, Sendable, CaseIterable {
  case base
  case avx2
  case avx512
  /// The AVX-512 kernels compiled for AVX2, for testing their logic.
  case wideOnAVX2

  /// Those that ``force(_:)`` takes.
  package static let offered: [InstructionSet] = [.base, .avx2, .avx512]

  /// The variable of the environment that forces a set by name, in this process and in those that it starts.
  package static let variable = "FACE_WORKER_INSTRUCTION_SET"

  /// Has kernels of a set run from now on, here and in processes started later, although the processor may have wider ones.
  ///
  /// Before anything asks for ``current``, and before other threads start. The set must be supported.
  package func force() {
    precondition(isSupported, "[InstructionSet] \(rawValue)")
    fk_limit_isa(kernel)
    setenv(Self.variable, rawValue, 1)
  }

  /// The widest that this processor supports, or the one that was forced.
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

  /// Whether AVX-512 (foundation) is there and not ruled out by a forced set.
  package static var hasAVX512: Bool { fk_avx512_features() & 1 != 0 }
}
