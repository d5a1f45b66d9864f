internal import FoundationEssentials
import Glibc
internal import Protocol

/// Folders of ours: made with mode 0700, and erased so that their bytes are overwritten first.
enum PrivateFolder {
  /// Makes a folder and those above it that are missing.
  static func make(_ path: String) throws(WireError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw WireError(.storageFailed, "A folder below the data folder cannot be made.")
    }
    chmod(path, 0o700)
  }

  /// Names of what is in a folder, sorted; none when there is no such folder.
  static func names(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// Overwrites and removes a folder with all that is in it. Returns whether nothing is left.
  @discardableResult
  static func erase(_ path: String) -> Bool {
    for name in names(path) {
      let place = path + "/" + name
      var info = stat()
      guard lstat(place, &info) == 0 else { continue }
      if info.st_mode & S_IFMT == S_IFDIR { erase(place) } else { eraseFile(place) }
    }
    rmdir(path)
    return access(path, F_OK) != 0
  }

  /// Overwrites a file with zeros, syncs it and removes it: file systems that write in place keep nothing of it.
  @discardableResult
  static func eraseFile(_ path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
    if descriptor >= 0 {
      var info = stat()
      if fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG {
        let zeros = [UInt8](repeating: 0, count: 1 << 16)
        var left = Int(info.st_size)
        while left > 0 {
          let part = min(left, zeros.count)
          guard
            zeros.withUnsafeBytes({
              DurableFile.writeAll(UnsafeRawBufferPointer(rebasing: $0[..<part]), to: descriptor)
            }) == 0
          else { break }
          left -= part
        }
        fsync(descriptor)
      }
      close(descriptor)
    }
    return unlink(path) == 0 || errno == ENOENT
  }

  /// A whole file of at most `limit` bytes; `nil` when it cannot be read, is larger, or is no ordinary file.
  static func read(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= limit else { return nil }
    let size = Int(info.st_size)
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), size - count)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          failed = true
          return
        }
        count += got
      }
    }
    return failed ? nil : bytes
  }
}
