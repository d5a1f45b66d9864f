internal import Decisions
internal import Digests
import Glibc
internal import Protocol

/// Trained heads on the disk: `<root>/<id>/` with the head, named by its content, and the report of its training. A folder is made
/// whole and never changed, but for rows that are erased: then a new file takes the place of the old one, which is overwritten.
///
/// The gallery says which file of a folder counts. What it does not name is what a crash left behind; ``sweep(_:)`` removes it.
struct HeadStore: Sendable {
  let root: String

  /// No head is larger, in bytes.
  private static let limit = 512 << 20
  private static let patienceMs = 10_000

  /// Runs `body`, which writes heads and then commits to them, so that no sweep takes what the gallery does not name yet.
  func writing<Result>(_ body: () throws -> Result) throws -> Result {
    try PrivateFolder.make(root)
    let lock = try FolderLock.take(root, isShared: true, waitingMilliseconds: Self.patienceMs)
    defer { lock.release() }
    return try body()
  }

  /// Writes a new head; within ``writing(_:)``. Returns its id and the SHA-256 of its file.
  func add(_ head: SoftmaxHead, report: [UInt8]) throws -> (id: String, sha256: String) {
    let id = String(Self.random(), radix: 16) + String(Self.random(), radix: 16)
    let part = root + "/.part-" + id
    try PrivateFolder.make(part)
    do {
      let sha256 = try put(head, in: part)
      try DurableFile.write(report, to: part + "/report.json", mode: 0o600)
      guard rename(part, root + "/" + id) == 0 else { throw DurableFile.failure("A head cannot be stored", errno) }
      DurableFile.sync(folder: root)
      return (id, sha256)
    } catch {
      PrivateFolder.erase(part)
      throw error
    }
  }

  /// Writes another version of a head beside it; within ``writing(_:)``. Returns the SHA-256 of its file.
  func change(_ id: String, to head: SoftmaxHead) throws -> String { try put(head, in: root + "/" + id) }

  /// Overwrites and removes a version that is no longer wanted.
  func erase(_ id: String, sha256: String) {
    PrivateFolder.eraseFile(place(id, sha256))
    DurableFile.sync(folder: root + "/" + id)
  }

  /// Overwrites and removes a head with all that belongs to it.
  func erase(_ id: String) { PrivateFolder.erase(root + "/" + id) }

  /// Reads a head.
  ///
  /// - Throws: `modelInvalid` when its file is missing, damaged, or not the one the gallery names.
  func read(_ id: String, sha256: String) throws -> SoftmaxHead {
    guard let bytes = PrivateFolder.read(place(id, sha256), limit: Self.limit) else {
      throw WireError(.modelInvalid, "The file of the classifier \(id) is missing or cannot be read.")
    }
    guard SHA256.hexadecimal(bytes) == sha256, let head = try? SoftmaxHead(bytes: bytes) else {
      throw WireError(.modelInvalid, "The file of the classifier \(id) is damaged: it is not what was stored.")
    }
    return head
  }

  /// Overwrites and removes everything that `known`, the SHA-256 of each head's file by id, does not name. Leaves it for another
  /// time while somebody writes.
  func sweep(_ known: () throws -> [String: String]) throws {
    guard access(root, F_OK) == 0, let lock = try FolderLock.tryToTake(root) else { return }
    defer { lock.release() }
    let known = try known()
    for name in PrivateFolder.names(root) where name != ".lock" {
      guard let sha256 = known[name] else {
        PrivateFolder.erase(root + "/" + name)
        continue
      }
      for file in PrivateFolder.names(root + "/" + name)
      where file != Self.fileName(sha256) && file != "report.json" {
        PrivateFolder.eraseFile(root + "/" + name + "/" + file)
      }
    }
  }

  private func put(_ head: SoftmaxHead, in folder: String) throws -> String {
    let bytes = try head.encoded()
    let sha256 = SHA256.hexadecimal(bytes)
    try DurableFile.write(bytes, to: folder + "/" + Self.fileName(sha256), mode: 0o600)
    return sha256
  }

  private func place(_ id: String, _ sha256: String) -> String { root + "/" + id + "/" + Self.fileName(sha256) }

  private static func fileName(_ sha256: String) -> String { "head-\(sha256.prefix(16)).safetensors" }

  /// Eight hexadecimal digits' worth, never fewer.
  private static func random() -> UInt64 { UInt64.random(in: 0x1000_0000...0xFFFF_FFFF) }
}
