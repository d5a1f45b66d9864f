import FoundationEssentials
import Glibc
import Testing

/// A folder of its own for one test.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("\(P_tmpdir)/face-worker-test-XXXXXX".utf8CString)
    path = try #require(mkdtemp(&template).map { String(cString: $0) })
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of a file in the folder, removed with it.
  func file(_ name: String, _ bytes: [UInt8]? = nil) -> String {
    let file = "\(path)/\(name)"
    if let bytes {
      let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      close(descriptor)
    }
    return file
  }

  /// The bytes of a file.
  static func contents(_ file: String) -> [UInt8] {
    let descriptor = open(file, O_RDONLY)
    defer { close(descriptor) }
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 { all += buffer.prefix(count) }
    return all
  }
}
