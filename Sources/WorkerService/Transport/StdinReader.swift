import Glibc

/// Reads whatever the pipe has, as raw bytes, until it ends or somebody wakes the reader.
struct StdinReader {
  /// What one read came to.
  enum Piece: Equatable {
    /// So many bytes are in the buffer.
    case bytes(Int)
    /// The writing end was closed.
    case end
    /// The wake pipe was written.
    case woken
    /// The descriptor failed.
    case failed(Int32)
  }

  /// Bytes of one read; a pipe holds half of this.
  static let bufferSize = 131_072

  let descriptor: Int32
  let wake: Int32

  /// Waits for bytes and reads them into `buffer`. Descriptors in non-blocking mode are fine.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Piece {
    while true {
      var watched = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&watched, 2, -1) >= 0 else {
        if errno == EINTR { continue }
        return .failed(errno)
      }
      if watched[1].revents != 0 { return .woken }
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count > 0 { return .bytes(count) }
      if count == 0 { return .end }
      if errno != EINTR, errno != EAGAIN { return .failed(errno) }
    }
  }
}
