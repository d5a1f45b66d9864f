import Glibc

/// Watches for what no byte on stdin tells: signals, a parent that died while somebody else holds its pipe open, and
/// a parent that closed its reading end.
///
/// `PR_SET_PDEATHSIG` would not do: it fires when the parent's *thread* ends, and hosts in Go or Java start children
/// from threads that come and go.
struct ParentWatch {
  let output: Int32
  let wake: Int32

  /// The parent as it was when this was first asked, which ``StandardStreams/takeOver()`` does: a parent that dies while
  /// the models load, or before this thread runs, must be missed too.
  static let firstParent = getppid()

  /// Milliseconds between two looks.
  static let interval: Int32 = 1_000

  /// Watches until woken. The body of the watching thread.
  func run(handlesSignals: Bool, report: (EndCause) -> Void) {
    let signals = handlesSignals ? StopSignals.install() : nil
    let parent = ParentWatch.firstParent
    var hasParent = true
    var hasReader = true
    while true {
      var watched = [
        pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals ?? -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: hasReader ? output : -1, events: 0, revents: 0),
      ]
      poll(&watched, 3, ParentWatch.interval)
      if watched[0].revents != 0 { return }
      if let signals, watched[1].revents != 0 {
        var byte: UInt8 = 0
        _ = read(signals, &byte, 1)
        report(.signal)
      }
      if hasReader, watched[2].revents & Int16(POLLERR) != 0 {
        hasReader = false
        report(.outputClosed(EPIPE))
      }
      if hasParent, getppid() != parent {
        hasParent = false
        report(.parentGone)
      }
    }
  }
}

/// SIGTERM and SIGINT turned into bytes on a pipe.
enum StopSignals {
  /// Where the handler writes. Set once before the handler is installed and never closed.
  nonisolated(unsafe) private static var descriptor: Int32 = -1

  /// Installs the handler; returns the end to poll, or nil when there are no descriptors left.
  ///
  /// The calling thread takes the signals even when the parent started the worker with them blocked, as it does from
  /// a thread of libdispatch: children inherit the mask.
  static func install() -> Int32? {
    guard let ends = try? WakePipe.open() else { return nil }
    descriptor = ends.writing
    for number in [SIGTERM, SIGINT] {
      signal(number) { _ in
        let saved = errno
        WakePipe.wake(StopSignals.descriptor)
        errno = saved
      }
    }
    var taken = sigset_t()
    sigemptyset(&taken)
    sigaddset(&taken, SIGTERM)
    sigaddset(&taken, SIGINT)
    pthread_sigmask(SIG_UNBLOCK, &taken, nil)
    return ends.reading
  }
}
