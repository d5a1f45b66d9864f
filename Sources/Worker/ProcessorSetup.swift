import CKernels
import Foundation
import Networks
import Tensors

/// Makes OpenBLAS and the allocator fit the machine before anything else runs.
enum ProcessorSetup {
  /// Restarts the program once with a better OpenBLAS core type where OpenBLAS misjudges the processor, keeps BLAS to one
  /// thread a call, and bounds what the allocator keeps.
  ///
  /// - Parameter forced: the only instructions to use, in BLAS too.
  static func prepare(forced: InstructionSet? = nil) {
    restartWithCoreType(forced)
    BLAS.useOneThread()
    fk_bound_allocator()
  }

  /// The core type to ask OpenBLAS for, `nil` when its own choice is good.
  ///
  /// OpenBLAS 0.3.21 does not know processors that came after it and takes them for a Haswell, although they have
  /// AVX-512: half of the speed.
  static func betterCoreType(chosen: String, hasAVX512: Bool, forced: InstructionSet? = nil) -> String? {
    switch forced {
    case .base: return "Prescott"
    case .avx2: return "Haswell"
    case .avx512, .wideOnAVX2, nil: break
    }
    guard hasAVX512 else { return nil }
    let withAVX512: Set = ["skylakex", "cooperlake", "sapphirerapids", "icelake"]
    return withAVX512.contains(chosen.lowercased()) ? nil : "SkylakeX"
  }

  /// OpenBLAS reads its core type while it is loaded, so a change takes a new start of the same process.
  private static func restartWithCoreType(_ forced: InstructionSet?) {
    guard getenv("OPENBLAS_CORETYPE") == nil,
      let coreType = betterCoreType(
        chosen: BLAS.coreName, hasAVX512: InstructionSet.hasAVX512, forced: forced)
    else { return }
    setenv("OPENBLAS_CORETYPE", coreType, 1)
    var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &arguments)
    // The restart failed: go on, slower.
  }
}
