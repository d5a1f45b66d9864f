import Glibc
package import Protocol

/// Which files a request may name: regular files below one of the allowed roots, links resolved.
package struct PathPolicy: Sendable {
  /// The roots with every link resolved.
  package let roots: [String]

  /// A root that cannot be used.
  package struct BadRoot: Error, CustomStringConvertible {
    /// The path as it was given, and why it cannot be used.
    package let description: String
  }

  /// Nothing is allowed.
  package static let none = PathPolicy(resolved: [])

  private init(resolved: [String]) { roots = resolved }

  /// A policy for the folders given with `--allow-path`.
  ///
  /// - Throws: ``BadRoot`` when a folder does not exist.
  package init(roots: [String]) throws(BadRoot) {
    var resolved: [String] = []
    for root in roots {
      guard let path = PathPolicy.resolve(root) else {
        throw BadRoot(description: "\(root): \(StreamError.text(errno))")
      }
      resolved.append(path)
    }
    self.init(resolved: resolved)
  }

  /// Reads a whole file.
  ///
  /// - Throws: ``WireError``: `pathNotAllowed` for anything outside the roots, whether it exists or not; `badParams`
  ///   for a file below a root that is missing or not a regular file; `imageTooLarge` above `maxBytes`.
  package func read(_ path: String, maxBytes: Int, name: String) throws(WireError) -> [UInt8] {
    let (descriptor, size) = try openFile(path, name: name)
    defer { close(descriptor) }
    guard size <= maxBytes else {
      throw WireError(.imageTooLarge, "The file of attachment \(name) has \(size) bytes; at most \(maxBytes).")
    }
    return try PathPolicy.contents(descriptor, expected: size, maxBytes: maxBytes, name: name)
  }

  /// Opens a regular file for reading; the caller closes the descriptor. The size is that of this moment.
  ///
  /// - Throws: ``WireError`` as ``read(_:maxBytes:name:)`` does, whatever the size.
  func openFile(_ path: String, name: String) throws(WireError) -> (descriptor: Int32, size: Int) {
    let descriptor = try open(path, name: name)
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .badParams("The path of attachment \(name) is not a regular file.")
    }
    return (descriptor, Int(info.st_size))
  }

  /// Opens a file and makes sure that what was opened lies below a root, whatever was swapped meanwhile.
  private func open(_ path: String, name: String) throws(WireError) -> Int32 {
    guard !path.isEmpty, !path.utf8.contains(0), let resolved = PathPolicy.resolve(path) else {
      throw missing(path, name: name, code: errno)
    }
    guard isAllowed(resolved) else { throw PathPolicy.notAllowed(name) }
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    let descriptor = Glibc.open(resolved, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw .badParams("The file of attachment \(name) cannot be opened: \(StreamError.text(errno)).")
    }
    guard let opened = PathPolicy.resolve("/proc/self/fd/\(descriptor)"), isAllowed(opened) else {
      close(descriptor)
      throw PathPolicy.notAllowed(name)
    }
    return descriptor
  }

  /// The answer for a path that does not resolve: only below a root may it be told that the file is missing.
  private func missing(_ path: String, name: String, code: Int32) -> WireError {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard !path.isEmpty, !path.utf8.contains(0), let resolved = PathPolicy.resolve(folder), isAllowed(resolved + "/x")
    else { return PathPolicy.notAllowed(name) }
    return .badParams("The file of attachment \(name) cannot be read: \(StreamError.text(code)).")
  }

  private static func notAllowed(_ name: String) -> WireError {
    WireError(.pathNotAllowed, "The path of attachment \(name) is not below a folder given with --allow-path.")
  }

  func isAllowed(_ resolved: String) -> Bool {
    roots.contains { root in
      root == "/" || (resolved.utf8.count > root.utf8.count + 1 && resolved.utf8.starts(with: (root + "/").utf8))
    }
  }

  static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func contents(
    _ descriptor: Int32, expected: Int, maxBytes: Int, name: String
  ) throws(WireError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: min(expected, maxBytes)) { buffer, count in
      while count < buffer.count {
        let part = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
        if part > 0 {
          count += part
        } else if part == 0 {
          return
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    guard failure == 0 else {
      throw .badParams("The file of attachment \(name) cannot be read: \(StreamError.text(failure)).")
    }
    return bytes
  }
}
