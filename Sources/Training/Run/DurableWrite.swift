internal import Glibc

/// Files that are wholly on the disk, or not there.
enum DurableWrite {
  /// Writes a file beside its place, syncs it and renames it, then syncs the folder. Mode 0600.
  ///
  /// - Throws: `storageFailed`. The message names no path.
  static func write(_ bytes: [UInt8], to path: String) throws(TrainingError) {
    let temporary = path + ".part"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure(errno) }
    var problem: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count, problem == 0 {
        let written = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
        if written >= 0 { offset += written } else if errno != EINTR { problem = errno }
      }
    }
    if problem == 0, fsync(descriptor) != 0 { problem = errno }
    close(descriptor)
    if problem == 0, rename(temporary, path) != 0 { problem = errno }
    guard problem == 0 else {
      unlink(temporary)
      throw failure(problem)
    }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let directory = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }

  /// All of a regular file of at most `limit` bytes; `nil` when there is none, or it cannot be read.
  static func read(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= limit else { return nil }
    let size = Int(info.st_size)
    var problem = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), size - count)
        if got > 0 {
          count += got
        } else if got == 0 || errno != EINTR {
          problem = true
          return
        }
      }
    }
    return problem ? nil : bytes
  }

  static func remove(_ path: String) { unlink(path) }

  private static func failure(_ code: Int32) -> TrainingError {
    TrainingError(.storageFailed, "A checkpoint cannot be written: \(String(cString: strerror(code))).")
  }
}
