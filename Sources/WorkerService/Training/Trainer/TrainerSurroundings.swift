internal import CKernels
import Glibc

/// What makes a process a trainer: it ends with its worker, and everything else on the machine goes first.
enum TrainerSurroundings {
  /// To be called first. Ends the process when the worker is gone already.
  static func enter(worker: Int32) {
    _ = fk_die_with_parent()
    // The worker may have died before the kernel was told.
    guard getppid() == worker else { exit(0) }
    _ = fk_lowest_priority()
    let descriptor = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    var bytes = Array(OutOfMemoryScore.trainer.utf8)
    _ = write(descriptor, &bytes, bytes.count)
    close(descriptor)
  }
}
