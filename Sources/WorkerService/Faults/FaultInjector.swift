import Glibc
internal import Protocol
internal import Synchronization

/// Commits the faults that the command line asked for. Real ones: the process really dies, hangs or babbles.
package final class FaultInjector: Sendable {
  private let faults: [Fault]
  private let counts: Mutex<[Int]>
  private let isHung = Atomic(false)

  /// Exit status of a process that was told to exit (EX_SOFTWARE).
  static let exitStatus: Int32 = 70
  /// What `oom` takes at most, in bytes, and how much at a time.
  private static let (mostMemory, memoryStep) = (1 << 30, 16 << 20)

  /// An injector of faults; nil when there are none.
  package init?(_ faults: [Fault]) {
    guard !faults.isEmpty else { return nil }
    self.faults = faults
    counts = Mutex(Array(repeating: 0, count: faults.count))
  }

  /// Strikes, if a fault is due, at a request that is about to be served, or about to be answered when `isAfter`.
  func strike(_ method: String, _ attachments: [RequestAttachment], isAfter: Bool, output: Int32) {
    var random = SystemRandomNumberGenerator()
    for (index, fault) in faults.enumerated() {
      guard fault.isAfter == isAfter, fault.method == "*" || fault.method == method else { continue }
      let count = counts.withLock { counts in
        counts[index] += 1
        return counts[index]
      }
      if fault.strikes(count: count, attachments: attachments, random: &random) { commit(fault.kind, output) }
    }
  }

  /// Does not come back once the process hangs. To be called by the thread that reads.
  func holdIfHung() {
    while isHung.load(ordering: .relaxed) { sleep(1) }
  }

  private func commit(_ kind: Fault.Kind, _ output: Int32) {
    switch kind {
    case .exit: _exit(FaultInjector.exitStatus)
    case .signal: die(of: SIGSEGV)
    case .hang:
      isHung.store(true, ordering: .relaxed)
      holdIfHung()
    case .slow: usleep(2_000_000)
    case .oom: exhaustMemory()
    case .stdoutNoise: write("Downloading model: 100%\n", to: output)
    case .tornFrame:
      write("\u{0}\u{0}\u{3}\u{0}", to: output)
      die(of: SIGKILL)
    }
  }

  private func write(_ text: String, to output: Int32) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
  }

  /// A death that no handler can catch.
  private func die(of number: Int32) {
    signal(number, SIG_DFL)
    kill(getpid(), number)
    while true { sleep(1) }
  }

  private func exhaustMemory() {
    var taken = 0
    while taken < FaultInjector.mostMemory, let block = malloc(FaultInjector.memoryStep) {
      // Touched, so that it is there.
      memset(block, 1, FaultInjector.memoryStep)
      taken += FaultInjector.memoryStep
    }
    die(of: SIGKILL)
  }
}
