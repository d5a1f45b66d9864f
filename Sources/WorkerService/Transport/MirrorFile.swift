import Glibc

/// A copy of the bytes of one direction, for debugging and as a fixture to replay. Contains images: mode 0600.
final class MirrorFile: Sendable {
  private let descriptor: Int32

  /// Starts an empty file.
  ///
  /// - Throws: ``StreamError`` when it cannot be written.
  init(path: String) throws(StreamError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw StreamError("open \(path)", errno) }
  }

  deinit { close(descriptor) }

  /// Appends bytes; a full disk cuts the copy short and disturbs nothing else.
  func write(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let count = Glibc.write(descriptor, part.baseAddress, part.count)
      if count <= 0, errno != EINTR { return }
      rest = rest.dropFirst(max(0, count))
    }
  }

  /// Appends bytes.
  func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }
}
