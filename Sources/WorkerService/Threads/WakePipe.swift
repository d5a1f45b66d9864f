import Glibc

/// A pipe that does nothing but end a `poll`: one end is watched, the other is written once.
final class WakePipe: Sendable {
  /// The end to poll; readable for ever once ``wake()`` was called.
  let watched: Int32
  private let written: Int32

  /// - Throws: ``StreamError`` when there are no descriptors left.
  init() throws(StreamError) {
    (watched, written) = try WakePipe.open()
  }

  deinit {
    close(watched)
    close(written)
  }

  /// The reading and the writing end of a new pipe, both non-blocking and closed on exec.
  static func open() throws(StreamError) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw StreamError("pipe", errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    return (ends[0], ends[1])
  }

  /// Wakes whoever polls. Safe from any thread and from signal handlers.
  func wake() { WakePipe.wake(written) }

  /// Writes the byte that wakes. Safe from signal handlers.
  static func wake(_ descriptor: Int32) {
    var byte: UInt8 = 1
    _ = write(descriptor, &byte, 1)
  }
}
