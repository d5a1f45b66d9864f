#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The gallery's file and folders, kept private whatever the umask says: folders made here are 0700, files 0600.
enum GalleryFile {
  /// Creates the missing folders above `path` and an empty file there unless one exists.
  ///
  /// Only a file that did not exist is ever opened here: closing a descriptor of an open database would drop the locks
  /// that SQLite holds on it in this process.
  static func prepare(_ path: String) throws(GalleryError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw GalleryError(.badValue, "The gallery's path must not be empty or contain a zero byte.")
    }
    try makeFolders(above: path)
    let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      fchmod(descriptor, 0o600)
      close(descriptor)
      return
    }
    guard errno == EEXIST else { throw failure("The gallery file could not be created.") }
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure("The gallery file could not be examined.") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw GalleryError(.storageFailed, "The gallery's path names something other than a file.")
    }
    // SQLite would take a file of a byte or two for an empty database and overwrite it.
    guard status.st_size == 0 || status.st_size >= 512 else {
      throw GalleryError(.storageFailed, "The file is not a gallery: it is too short. It was left as it is.")
    }
  }

  /// Takes away others' access to a gallery that an earlier program or a copy left open to them.
  static func makePrivate(_ path: String) {
    for file in [path, path + "-wal", path + "-shm"] {
      var status = stat()
      guard stat(file, &status) == 0, status.st_mode & 0o077 != 0 else { continue }
      // Best effort: the owner of the file may be somebody else.
      chmod(file, 0o600)
    }
  }

  /// How many bytes the file has, 0 when it is missing.
  static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  private static func makeFolders(above path: String) throws(GalleryError) {
    var missing: [String] = []
    var folder = parent(of: path)
    var status = stat()
    while let current = folder, stat(current, &status) != 0 {
      guard errno == ENOENT else { throw failure("The gallery's folder could not be examined.") }
      missing.append(current)
      folder = parent(of: current)
    }
    for folder in missing.reversed() {
      if mkdir(folder, 0o700) != 0, errno != EEXIST {
        throw failure("The gallery's folder could not be created.")
      }
    }
  }

  /// The folder part of a path, or `nil` when nothing is left to create.
  private static func parent(of path: String) -> String? {
    let trimmed = path.utf8.reversed().drop { $0 == UInt8(ascii: "/") }
    let rest = trimmed.drop { $0 != UInt8(ascii: "/") }.drop { $0 == UInt8(ascii: "/") }
    return rest.isEmpty ? nil : String(decoding: Array(rest.reversed()), as: UTF8.self)
  }

  private static func failure(_ message: String) -> GalleryError {
    let number = errno
    return GalleryError(.storageFailed, message, underlying: String(cString: strerror(number)))
  }
}
