internal import Glibc

/// A folder of this process for targets that read files; gone when the process ends as it should.
struct ScratchFolder: Sendable {
  let path: String

  /// - Throws: ``FuzzFinding`` when the system has no room for it.
  init(_ name: String) throws(FuzzFinding) {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/fuzz-\(name)-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw FuzzFinding("no temporary folder can be made") }
    path = String(cString: made)
  }

  /// Puts a file with these bytes in the folder, in place of an older one.
  func write(_ bytes: [UInt8], to name: String) throws(FuzzFinding) {
    let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FuzzFinding("a temporary file cannot be made") }
    defer { close(descriptor) }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
      }
      guard count > 0 else { throw FuzzFinding("a temporary file cannot be written") }
      done += count
    }
  }

  /// The bytes of a file of the folder.
  func read(_ name: String) throws(FuzzFinding) -> [UInt8] {
    let descriptor = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FuzzFinding("a temporary file cannot be opened") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = Glibc.read(descriptor, &part, part.count), count > 0 { bytes += part.prefix(count) }
    return bytes
  }
}
