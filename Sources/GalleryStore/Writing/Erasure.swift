/// Makes sure that what was removed is nowhere in the files any more.
///
/// Zeroing freed cells (secure_delete) is not enough: when SQLite moves cells between pages it leaves copies in the unused
/// part of the old page, so that an id or an embedding can outlive its row. Found by searching the file after random
/// histories: about one removal in 400 left something. Hence every page is written anew from the living rows (VACUUM), and
/// then the log, which still holds the old pages, is moved into the file and cut to nothing. Vector files are cleared first.
struct Erasure {
  let connection: SQLiteConnection
  let limits: GalleryLimits
  /// The gallery's file, beside which its vector files lie.
  let path: String

  /// Notes, inside the transaction that removes something, that the pages must be swept: a crash does not forget it.
  static func request(_ connection: SQLiteConnection) throws(GalleryError) {
    try connection.run("UPDATE meta SET erasures = erasures + 1")
  }

  /// Sweeps if any process asked for it and empties the log; returns whether nothing erased is left on disk.
  ///
  /// A failure is no failure of the removal, which is committed; the sweep is tried again later.
  func finish(waitingMilliseconds: Int) -> Bool {
    connection.setBusyTimeout(milliseconds: waitingMilliseconds)
    defer { connection.setBusyTimeout(milliseconds: limits.busyTimeoutMilliseconds) }
    do throws(GalleryError) {
      guard try sweep(waitingMilliseconds) else { return false }
      return try connection.first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.integer(0) } == 0
    } catch {
      return false
    }
  }

  private func sweep(_ waitingMilliseconds: Int) throws(GalleryError) -> Bool {
    let pending = try connection.first("SELECT erasures FROM meta WHERE erasures > swept") { $0.integer(0) }
    guard let pending else { return true }
    guard VectorErasure.finish(gallery: path, connection, waitingMilliseconds: waitingMilliseconds) else {
      return false
    }
    let pages = try connection.first("PRAGMA page_count") { $0.int(0) } ?? 0
    let isSmall = pages <= limits.memorySweepPages
    try connection.execute(script: "PRAGMA temp_store = \(isSmall ? "MEMORY" : "FILE")")
    defer { try? connection.execute(script: "PRAGMA temp_store = MEMORY") }
    try connection.run("VACUUM")
    // Removals that another process committed meanwhile stay pending.
    try connection.run("UPDATE meta SET swept = max(swept, ?)", .integer(pending))
    return true
  }
}
