import Glibc
import Synchronization

/// How readily the kernel ends the process when memory runs out. Under ``Isolation`` a trainer can no longer open its own file for
/// that, so the worker, which has kept its own open, lets it inherit the score.
package enum OutOfMemoryScore {
  /// That of a trainer: everything else goes on before it does.
  static let trainer = "800"

  private static let descriptor = Mutex<Int32>(-1)

  /// Opens the process's own score. To be called before files are given up.
  package static func keepOpen() {
    descriptor.withLock { $0 = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC) }
  }

  /// Runs `start` while the process has the score of a trainer, for a child to inherit; at once where the score was not kept open.
  static func withTrainers<Result>(_ start: () -> Result) -> Result {
    descriptor.withLock { descriptor in
      var present = [UInt8](repeating: 0, count: 16)
      guard descriptor >= 0, case let count = pread(descriptor, &present, present.count, 0), count > 0 else {
        return start()
      }
      _ = pwrite(descriptor, trainer, trainer.utf8.count, 0)
      defer { _ = pwrite(descriptor, present, count, 0) }
      return start()
    }
  }
}
