import Glibc

/// A file that a reader never sees half written.
enum MetricsFile {
  /// Replaces the contents of `path`; false when that is not possible. The file is readable by everybody: it holds counts,
  /// and whoever collects them is another user.
  static func write(_ text: String, to path: String) -> Bool {
    let temporary = path + ".\(getpid())"
    let number = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard number >= 0 else { return false }
    let isWritten = Descriptor(number: number).write(Array(text.utf8))
    close(number)
    guard isWritten, rename(temporary, path) == 0 else {
      unlink(temporary)
      return false
    }
    return true
  }
}
