internal import Glibc
internal import Protocol

/// Files and folders that are wholly on the disk, or not there.
enum DurableFile {
  /// Writes a file beside its place, syncs it and renames it; an older file of that name is replaced.
  static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(WireError) {
    let temporary = path + "." + randomDigits() + ".part"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw failure("\(path) cannot be created", errno) }
    var problem = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
    if problem == 0, fsync(descriptor) != 0 { problem = errno }
    close(descriptor)
    if problem == 0, rename(temporary, path) != 0 { problem = errno }
    guard problem == 0 else {
      unlink(temporary)
      throw failure("\(path) cannot be written", problem)
    }
    syncFolder(of: path)
  }

  /// Writes all of `bytes`; returns 0 or the system's error number.
  static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var offset = 0
    while offset < bytes.count {
      let written = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
      if written < 0 {
        if errno == EINTR { continue }
        return errno
      }
      offset += written
    }
    return 0
  }

  /// Makes what was created, renamed or removed in a folder survive a loss of power. Best effort.
  static func sync(folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func syncFolder(of path: String) {
    guard let slash = path.lastIndex(of: "/") else { return sync(folder: ".") }
    sync(folder: slash == path.startIndex ? "/" : String(path[..<slash]))
  }

  static func randomDigits() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }

  static func failure(_ what: String, _ code: Int32) -> WireError {
    WireError(.storageFailed, "\(what): \(String(cString: strerror(code))).")
  }
}
