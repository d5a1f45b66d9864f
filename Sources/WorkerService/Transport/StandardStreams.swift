import Glibc

/// The pipe to the parent, taken out of everybody else's reach.
///
/// After ``takeOver()`` a `print` in any library goes to stderr, and a library that reads stdin finds it empty, so that
/// nothing but the session can touch a frame.
package struct StandardStreams: Sendable {
  /// What was stdin.
  package let input: Int32
  /// What was stdout.
  package let output: Int32

  /// Whether stdin is a terminal: somebody started the worker by hand.
  package static var inputIsTerminal: Bool { isatty(0) == 1 }

  /// Moves stdin and stdout to private descriptors, closed on exec; points fd 0 at `/dev/null` and fd 1 at stderr;
  /// ignores SIGPIPE. To be called first thing in `main`, once.
  ///
  /// - Throws: ``StreamError`` when stdin or stdout is closed.
  package static func takeOver() throws(StreamError) -> StandardStreams {
    signal(SIGPIPE, SIG_IGN)
    _ = ParentWatch.firstParent
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard nothing >= 0 else { throw StreamError("open /dev/null", errno) }
    if fcntl(2, F_GETFD) < 0 { dup2(nothing, 2) }
    let input = fcntl(0, F_DUPFD_CLOEXEC, 3)
    guard input >= 0 else { throw StreamError("stdin", errno) }
    let output = fcntl(1, F_DUPFD_CLOEXEC, 3)
    guard output >= 0 else { throw StreamError("stdout", errno) }
    guard dup2(nothing, 0) >= 0, dup2(2, 1) >= 0 else { throw StreamError("dup2", errno) }
    if nothing > 2 { close(nothing) }
    return StandardStreams(input: input, output: output)
  }
}
