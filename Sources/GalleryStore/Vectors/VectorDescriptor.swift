#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// An open file; closed with the last reference. Reads and writes are whole or fail.
final class VectorDescriptor: Sendable {
  private let descriptor: Int32

  /// Opens a regular file of ours that nobody else may write; `nil` when there is none.
  init?(reading path: String, writing: Bool = false) {
    descriptor = open(path, (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    // Somebody else's file is not to be trusted with what a probe is compared to.
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
      status.st_mode & 0o022 == 0
    else { return nil }
  }

  /// Makes a new file of mode 0600; `nil` when that is refused.
  init?(creating path: String) {
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0, fchmod(descriptor, 0o600) == 0 else { return nil }
  }

  /// Opens a file that is only there to be locked, making it when it is missing.
  init?(lock path: String) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return nil }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Takes the lock for as long as the descriptor lives; `false` when another has it at the end of the wait.
  func lock(waitingMilliseconds: Int) -> Bool {
    let deadline = SystemClock.now() + Int64(max(0, waitingMilliseconds))
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, SystemClock.now() < deadline else { return false }
      SystemClock.sleep(milliseconds: 5)
    }
    return true
  }

  var size: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
    var done = 0
    while done < bytes.count, let start = bytes.baseAddress {
      let count = pread(descriptor, start + done, bytes.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  func read(_ count: Int, at offset: Int) -> [UInt8]? {
    guard count >= 0, count <= size else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    return bytes.withUnsafeMutableBytes { read(into: $0, at: offset) } ? bytes : nil
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    var done = 0
    while done < bytes.count, let start = bytes.baseAddress {
      let count = pwrite(descriptor, start + done, bytes.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  func write(_ bytes: [UInt8], at offset: Int) -> Bool { bytes.withUnsafeBytes { write($0, at: offset) } }

  /// Waits until what was written is on the disk.
  func synchronize() -> Bool { fsync(descriptor) == 0 }

  /// The same for the names in the folder of a file.
  static func synchronizeFolder(of path: String) {
    let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
    let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// The paths of a gallery's vector files, unfinished ones included.
  static func files(ofGallery path: String) -> [String] {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = slash.map { String(path[...$0]) } ?? "./"
    let prefix = (slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path) + VectorFile.suffix
    guard let handle = opendir(folder) else { return [] }
    defer { closedir(handle) }
    var found: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      if name.hasPrefix(prefix), !name.hasSuffix(VectorLock.suffix) { found.append(folder + name) }
    }
    return found.sorted()
  }

  @discardableResult static func remove(_ path: String) -> Bool { unlink(path) == 0 || errno == ENOENT }

  static func move(_ path: String, to other: String) -> Bool { rename(path, other) == 0 }
}

/// Who may write or change a gallery's vector files, among all processes.
enum VectorLock {
  static let suffix = "lock"

  /// The lock, held for as long as the answer lives; `nil` when another has it at the end of the wait.
  static func take(gallery path: String, waitingMilliseconds: Int) -> VectorDescriptor? {
    guard let descriptor = VectorDescriptor(lock: path + VectorFile.suffix + suffix),
      descriptor.lock(waitingMilliseconds: waitingMilliseconds)
    else { return nil }
    return descriptor
  }
}
