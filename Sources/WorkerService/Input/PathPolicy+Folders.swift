import Glibc
internal import Protocol

extension PathPolicy {
  /// What lies in a folder.
  struct Entry {
    let name: String
    /// Whether it is a folder, links followed.
    let isFolder: Bool
  }

  /// A folder that was opened: where it is with every link resolved, and which it is, however it was reached.
  struct Listing {
    let path: String
    let device: UInt
    let inode: UInt
    /// Files and folders whose names do not begin with a dot, in the order of the names' bytes.
    let entries: [Entry]
  }

  /// Lists a folder below a root, or a root itself, whatever is swapped meanwhile.
  ///
  /// - Parameters:
  ///   - field: what the request calls it, for errors.
  ///   - limit: entries at most.
  /// - Throws: ``WireError`` `pathNotAllowed` for anything outside the roots, whether it exists or not; `badParams` for a path
  ///   below a root that is no folder or cannot be read, and above the limit.
  func list(_ path: String, field: String, limit: Int) throws(WireError) -> Listing {
    guard !path.isEmpty, !path.utf8.contains(0), let resolved = PathPolicy.resolve(path) else {
      throw noFolder(path, field, errno)
    }
    guard isAllowedFolder(resolved) else { throw Self.folderNotAllowed(field) }
    let descriptor = Glibc.open(resolved, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .badParams("\(field) is no folder that can be read: \(StreamError.text(errno)).")
    }
    guard let opened = PathPolicy.resolve("/proc/self/fd/\(descriptor)"), isAllowedFolder(opened) else {
      close(descriptor)
      throw Self.folderNotAllowed(field)
    }
    var info = stat()
    fstat(descriptor, &info)
    guard let stream = fdopendir(descriptor) else {
      close(descriptor)
      throw .badParams("\(field) is no folder that can be read: \(StreamError.text(errno)).")
    }
    defer { closedir(stream) }
    var entries: [Entry] = []
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: item.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard !name.hasPrefix(".") else { continue }
      guard entries.count < limit else { throw .badParams("\(field) holds more than \(limit) files.") }
      entries.append(Entry(name: name, isFolder: Self.isFolder(item.pointee.d_type, name, descriptor)))
    }
    entries.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return Listing(path: opened, device: UInt(info.st_dev), inode: UInt(info.st_ino), entries: entries)
  }

  private static func isFolder(_ type: UInt8, _ name: String, _ folder: Int32) -> Bool {
    if Int(type) == Int(DT_DIR) { return true }
    guard Int(type) == Int(DT_LNK) || Int(type) == Int(DT_UNKNOWN) else { return false }
    var info = stat()
    return fstatat(folder, name, &info, 0) == 0 && info.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether a path is that of a file which is simply not there: below an existing, allowed folder, with no link that leads
  /// on in between. Of others it may not be told.
  func isPlainlyMissing(_ path: String) -> Bool {
    guard path.hasPrefix("/"), !path.utf8.contains(0) else { return false }
    let parts = path.split(separator: "/")
    guard !parts.contains("..") else { return false }
    for count in stride(from: parts.count - 1, through: 1, by: -1) {
      let folder = "/" + parts.prefix(count).joined(separator: "/")
      guard let resolved = PathPolicy.resolve(folder) else { continue }
      var info = stat()
      return isAllowedFolder(resolved) && lstat(folder + "/" + parts[count], &info) != 0 && errno == ENOENT
    }
    return false
  }

  private func isAllowedFolder(_ resolved: String) -> Bool { isAllowed(resolved) || roots.contains(resolved) }

  /// Only below a root may it be told that a folder is missing.
  private func noFolder(_ path: String, _ field: String, _ code: Int32) -> WireError {
    let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard !path.isEmpty, !path.utf8.contains(0), let resolved = PathPolicy.resolve(parent), isAllowedFolder(resolved)
    else { return Self.folderNotAllowed(field) }
    return .badParams("\(field) cannot be read: \(StreamError.text(code)).", details: ["field": .string(field)])
  }

  private static func folderNotAllowed(_ field: String) -> WireError {
    WireError(
      .pathNotAllowed, "\(field) is not a folder given with --allow-path, or below one.",
      details: ["field": .string(field)])
  }
}
