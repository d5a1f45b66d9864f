internal import CSQLite

extension GalleryError {
  /// Puts an SQLite status into words; reference: sqlite.org/rescode.html.
  init(sqlite status: Int32, connection: OpaquePointer?, doing action: String) {
    let said = connection.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(status))
    let underlying = "SQLite \(status): \(said)"
    switch status & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED:
      self.init(
        .storageFailed, "Another process kept the gallery locked for too long; try again.", underlying: underlying,
        isTransient: true)
    case SQLITE_FULL:
      self.init(.storageFailed, "The disk is full: the gallery could not be written.", underlying: underlying)
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
      self.init(.storageFailed, "The gallery file or its folder may not be written.", underlying: underlying)
    case SQLITE_CANTOPEN:
      self.init(
        .storageFailed, "The gallery file could not be opened; check that its folder exists and may be written.",
        underlying: underlying)
    case SQLITE_NOTADB:
      self.init(
        .storageFailed, "The file is not a gallery: it is no SQLite database. It was left as it is.",
        underlying: underlying)
    case SQLITE_CORRUPT:
      self.init(.corrupt, "The gallery file is damaged; restore it from a backup.", underlying: underlying)
    case SQLITE_TOOBIG:
      self.init(.badValue, "A value is too large to be stored.", underlying: underlying)
    case SQLITE_NOMEM:
      self.init(
        .storageFailed, "There was not enough memory to \(action).", underlying: underlying, isTransient: true)
    default:
      self.init(.storageFailed, "SQLite failed to \(action).", underlying: underlying)
    }
  }
}
