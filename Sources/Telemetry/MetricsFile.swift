internal import Glibc

/// A file that a reader never sees half written.
package enum MetricsFile {
  /// Replaces the contents of `path`, through a temporary file whose name does not end as collectors want it.
  ///
  /// The file is readable by everybody, whatever the process's mask: it holds counts, and whoever collects them is another user.
  /// It is not synced: after a loss of power there are new counts anyway.
  ///
  /// - Returns: 0, or the system's error number.
  package static func write(_ text: String, to path: String) -> Int32 {
    let temporary = path + ".\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return errno }
    var problem = writeAll(Array(text.utf8), to: descriptor)
    if problem == 0, fchmod(descriptor, 0o644) != 0 { problem = errno }
    close(descriptor)
    if problem == 0, rename(temporary, path) != 0 { problem = errno }
    if problem != 0 { unlink(temporary) }
    return problem
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let count = Glibc.write(descriptor, part.baseAddress, part.count)
        if count < 0, errno != EINTR { return errno }
        rest = rest.dropFirst(max(0, count))
      }
      return 0
    }
  }

  /// The value of the first sample of `name` in the file, and the file's age in seconds; nil when there is none.
  package static func value(of name: String, in path: String) -> (value: Double, age: Double)? {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    let lines = bytes[..<count].split(separator: UInt8(ascii: "\n"))
    let ends: [UInt8?] = [UInt8(ascii: " "), UInt8(ascii: "{")]
    let line = lines.first { $0.starts(with: name.utf8) && ends.contains($0.dropFirst(name.utf8.count).first) }
    guard let last = line?.split(separator: UInt8(ascii: " ")).last,
      let value = Double(String(decoding: last, as: UTF8.self))
    else { return nil }
    return (value, Double(time(nil) - facts.st_mtim.tv_sec))
  }
}
