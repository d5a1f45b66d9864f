internal import Digests
internal import FoundationEssentials
internal import Glibc
package import Protocol
import Synchronization

/// The media directory: large outputs, written whole or not at all, under names nobody can guess, within quotas.
///
/// Files are 0600 in a 0700 directory. A file is written beside its place, synced and renamed, so that a reader of the
/// path in a result never sees half of it. Old files go when they outlive ``Quota/age`` or the directory outgrows
/// ``Quota/bytes``.
package final class MediaStore: Sendable {
  /// How much may pile up.
  package struct Quota: Sendable {
    /// Seconds a file is kept.
    package var age = 7 * 24 * 3600
    /// Bytes of all files together.
    package var bytes = 1 << 30

    package init() {}
  }

  let folder: String
  private let baseURL: String?
  let quota: Quota
  private let writesSincePruning = Mutex<Int>(0)

  /// Uses `folder`, creating it with mode 0700; `baseURL` is the address under which it is served, if it is.
  package init(folder: String, baseURL: String?, quota: Quota = Quota()) throws(WireError) {
    self.baseURL = baseURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    self.quota = quota
    var path = ""
    for part in folder.split(separator: "/", omittingEmptySubsequences: true) {
      path += (path.isEmpty && !folder.hasPrefix("/") ? "" : "/") + part
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
        throw Self.failure("The media directory \(folder) cannot be created", errno)
      }
    }
    guard let real = realpath(folder, nil) else {
      throw Self.failure("The media directory \(folder) cannot be used", errno)
    }
    defer { free(real) }
    self.folder = String(cString: real)
    var info = stat()
    guard stat(self.folder, &info) == 0, info.st_mode & S_IFMT == S_IFDIR, access(self.folder, W_OK) == 0 else {
      throw WireError(.storageFailed, "The media directory \(self.folder) is not a folder that can be written to.")
    }
    prune()
  }

  /// Writes a file and says where it is. `subjects` are the ids of those it shows: ``remove(showing:)`` finds it by them.
  package func write(
    _ bytes: [UInt8], type: String, suffix: String, showing subjects: Set<String> = []
  ) throws(WireError) -> Media {
    let name = Self.unguessableName() + "." + suffix
    if !subjects.isEmpty {
      let list = subjects.map { Self.mark(of: $0) }.sorted().joined(separator: "\n")
      try put(Array(list.utf8), as: "." + name + Self.subjectsSuffix)
    }
    try put(bytes, as: name)
    let due = writesSincePruning.withLock { count in
      count = (count + 1) % 64
      return count == 0
    }
    if due { prune() }
    return Media(
      path: folder + "/" + name, url: baseURL.map { $0 + "/" + name }, type: type, bytes: bytes.count,
      sha256: SHA256.hexadecimal(bytes))
  }

  /// Removes a file that was just written, when the result that was to name it did not come about.
  package func remove(_ media: Media) {
    guard let name = media.path.split(separator: "/").last, media.path == folder + "/" + name else { return }
    unlink(media.path)
    unlink(folder + "/." + name + Self.subjectsSuffix)
    syncFolder()
  }

  /// Removes every file that shows a subject; returns how many pictures went.
  package func remove(showing subject: String) -> Int {
    let mark = Self.mark(of: subject)
    var removed = 0
    for name in names() where name.hasSuffix(Self.subjectsSuffix) {
      guard let data = FileManager.default.contents(atPath: folder + "/" + name),
        String(decoding: data, as: UTF8.self).split(separator: "\n").contains(Substring(mark))
      else { continue }
      let picture = name.dropFirst().dropLast(Self.subjectsSuffix.count)
      if unlink(folder + "/" + picture) == 0 { removed += 1 }
      unlink(folder + "/" + name)
    }
    if removed > 0 { syncFolder() }
    return removed
  }

  /// Makes every file that shows `subject` be known as one that shows `other` too: for a subject that gets another id.
  package func show(_ other: String, where subject: String) throws(WireError) {
    let mark = Self.mark(of: subject)
    for name in names() where name.hasSuffix(Self.subjectsSuffix) {
      guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
      var marks = Set(String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init))
      guard marks.contains(mark), marks.insert(Self.mark(of: other)).inserted else { continue }
      try put(Array(marks.sorted().joined(separator: "\n").utf8), as: name)
    }
  }

  /// Names of subjects are not written down, only digests of their ids.
  private static func mark(of subject: String) -> String { SHA256.hexadecimal(Array(subject.utf8)) }

  /// Ends the name of the list that lies beside a picture: digests of the ids of those it shows.
  private static let subjectsSuffix = ".subjects"
  /// Ends the name of a file that is being written.
  static let partSuffix = ".part"
  /// Begins the name of every file of ours.
  static let prefix = "fw-"
  /// Random hexadecimal digits in the name of a file: 128 bits.
  static let nameDigits = 32

  /// Writes a file whole: beside its place, synced, renamed.
  private func put(_ bytes: [UInt8], as name: String) throws(WireError) {
    let place = folder + "/" + name
    let temporary = folder + "/." + name + "-" + Self.randomDigits(16) + Self.partSuffix
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw Self.failure("An output cannot be created in the media directory", errno) }
    var offset = 0
    var problem: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      while offset < buffer.count {
        let written = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
        if written < 0 {
          if errno == EINTR { continue }
          problem = errno
          return
        }
        offset += written
      }
    }
    if problem == 0, fsync(descriptor) != 0 { problem = errno }
    close(descriptor)
    if problem == 0, rename(temporary, place) != 0 { problem = errno }
    guard problem == 0 else {
      unlink(temporary)
      throw Self.failure("An output cannot be written to the media directory", problem)
    }
    syncFolder()
  }

  private func syncFolder() {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func unguessableName() -> String { prefix + randomDigits(nameDigits) }

  private static func randomDigits(_ count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: (0..<count).map { _ in digits[Int.random(in: 0..<16, using: &generator)] }, as: UTF8.self)
  }

  private static func failure(_ what: String, _ code: Int32) -> WireError {
    WireError(.storageFailed, "\(what): \(String(cString: strerror(code))).")
  }
}
