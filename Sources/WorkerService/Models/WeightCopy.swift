internal import Digests
internal import FaceModels
internal import Glibc
internal import Protocol

/// Copies a weight file into the store, counting and hashing what is written: what is checked is what is kept, whatever
/// happens to the original meanwhile.
enum WeightCopy {
  /// What was copied.
  struct Copied {
    let bytes: Int
    /// 64 lower-case hexadecimal digits.
    let sha256: String
  }

  private static let chunk = 1 << 20

  /// Copies an attachment to a new file at `path`, synced.
  ///
  /// - Throws: `pathNotAllowed`, `badParams`, `modelInvalid` when it is larger than a weight file may be,
  ///   `storageFailed`; what the request's checkpoint throws.
  static func copy(_ attachment: InputAttachment, to path: String, _ context: RequestContext) throws -> Copied {
    let source = try attachment.open()
    defer { if case .file(let descriptor, _) = source { close(descriptor) } }
    let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard output >= 0 else { throw DurableFile.failure("\(path) cannot be created", errno) }
    defer { close(output) }
    let hash = SHA256()
    var total = 0
    func take(_ bytes: UnsafeRawBufferPointer) throws {
      total += bytes.count
      guard total <= ModelLibrary.maxFileBytes else { throw tooLarge(attachment.name) }
      hash.update(bytes)
      let problem = DurableFile.writeAll(bytes, to: output)
      guard problem == 0 else { throw DurableFile.failure("\(path) cannot be written", problem) }
    }
    switch source {
    case .bytes(let slice): try slice.withUnsafeBytes(take)
    case .file(let descriptor, let size):
      guard size <= ModelLibrary.maxFileBytes else { throw tooLarge(attachment.name) }
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 64)
      defer { buffer.deallocate() }
      while true {
        try context.checkpoint()
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else {
          throw WireError.badParams(
            "The file of attachment \(attachment.name) cannot be read: \(StreamError.text(errno)).")
        }
        if count == 0 { break }
        try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
    guard fsync(output) == 0 else { throw DurableFile.failure("\(path) cannot be written", errno) }
    return Copied(bytes: total, sha256: hash.finishHexadecimal())
  }

  private static func tooLarge(_ name: String) -> WireError {
    WireError(
      .modelInvalid,
      "The weight file \(name) is larger than \(ModelLibrary.maxFileBytes) bytes, the most that is taken.")
  }
}
