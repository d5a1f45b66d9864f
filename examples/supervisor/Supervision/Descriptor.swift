import Glibc

/// Raw reads and writes of one file descriptor: no buffering, no hidden state, every short transfer and every
/// interruption handled.
struct Descriptor: Sendable, Equatable {
  let number: Int32

  /// A pipe on numbers above the standard streams that child processes do not inherit. Between `pipe` and `fcntl` they
  /// could: whoever starts children holds the lock of ``Child``.
  ///
  /// - Returns: nil when the process has no descriptor left; `errno` says so.
  static func pipe() -> (read: Descriptor, write: Descriptor)? {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { return nil }
    let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
    for end in ends { _ = Glibc.close(end) }
    guard moved.allSatisfy({ $0 > 2 }) else {
      for end in moved where end > 2 { _ = Glibc.close(end) }
      return nil
    }
    return (Descriptor(number: moved[0]), Descriptor(number: moved[1]))
  }

  /// Reads what is there, waiting for at least one byte. Returns how many bytes came; 0 at the end, or when reading
  /// has become impossible.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      let count = Glibc.read(number, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno == EAGAIN { waitUntil(POLLIN) } else if errno != EINTR { return 0 }
    }
  }

  /// Writes all of `bytes`; false when the other end is gone.
  func write(_ bytes: some Sequence<UInt8>) -> Bool {
    bytes.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) }
      ?? Array(bytes).withUnsafeBytes { write($0) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        waitUntil(POLLOUT)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  /// Writes at most one pipe page without ever waiting; false when there is no room.
  func writeIfRoom(_ bytes: [UInt8]) -> Bool {
    guard poll(POLLOUT, timeout: 0) else { return false }
    return bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress, min($0.count, 4_096)) } > 0
  }

  func close() { _ = Glibc.close(number) }

  /// Waits on a descriptor that somebody made non-blocking.
  private func waitUntil(_ events: Int32) { _ = poll(events, timeout: -1) }

  private func poll(_ events: Int32, timeout: Int32) -> Bool {
    var entry = pollfd(fd: number, events: Int16(events), revents: 0)
    return Glibc.poll(&entry, 1, timeout) > 0 && entry.revents & Int16(events) != 0
  }
}
