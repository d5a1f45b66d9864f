internal import Glibc

/// The bytes of an ONNX file, or a part of them; slices share the memory.
package struct OnnxBytes: Sendable {
  private let storage: Storage
  private let start: Int
  package let count: Int

  private enum Storage: Sendable {
    case array([UInt8])
    case mapped(MappedFile)
  }

  package init(_ bytes: [UInt8]) {
    storage = .array(bytes)
    start = 0
    count = bytes.count
  }

  /// Maps a file for reading.
  ///
  /// Only for files nobody else writes to, such as those of the model store: cutting a mapped file short would end the
  /// process at the next look at it.
  ///
  /// - Throws: `invalid` when the file cannot be opened, is no regular file or is empty.
  package init(mapping path: String) throws(OnnxError) {
    let file = try MappedFile(path)
    storage = .mapped(file)
    start = 0
    count = file.count
  }

  private init(storage: Storage, start: Int, count: Int) {
    self.storage = storage
    self.start = start
    self.count = count
  }

  /// The byte at an offset, `nil` beyond the end.
  func byte(_ offset: Int) -> UInt8? {
    guard offset >= 0, offset < count else { return nil }
    switch storage {
    case .array(let bytes): return bytes[start + offset]
    case .mapped(let file): return file.bytes[start + offset]
    }
  }

  /// A part, `nil` when it reaches beyond the end.
  func slice(_ offset: Int, _ length: Int) -> OnnxBytes? {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
    return OnnxBytes(storage: storage, start: start + offset, count: length)
  }

  /// Lends the bytes for reading; the pointer must not outlive the call and may be unaligned.
  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch storage {
    case .mapped(let file):
      return try body(UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + count]))
    case .array(let bytes):
      // `withUnsafeBytes` of Array is not declared with typed throws everywhere; the result is carried out by hand.
      let result: Swift.Result<Result, Failure> = bytes.withUnsafeBytes { buffer in
        do throws(Failure) {
          return .success(try body(UnsafeRawBufferPointer(rebasing: buffer[start..<start + count])))
        } catch {
          return .failure(error)
        }
      }
      return try result.get()
    }
  }

  /// The bytes as text; damaged UTF-8 is repaired.
  var text: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }

  /// A copy of the bytes.
  var array: [UInt8] { withUnsafeBytes { Array($0) } }
}

/// A file mapped into memory, read-only for as long as it lives, hence safe to share.
private final class MappedFile: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  var count: Int { bytes.count }

  init(_ path: String) throws(OnnxError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw OnnxError(.invalid, "The ONNX file cannot be opened.") }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size > 0 else {
      throw OnnxError(.invalid, "The ONNX file is empty or no regular file.")
    }
    let size = Int(info.st_size)
    guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
      throw OnnxError(.invalid, "The ONNX file cannot be mapped into memory.")
    }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }
}
