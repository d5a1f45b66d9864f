internal import CSQLite
internal import Synchronization

/// A pointer SQLite gave out: a connection or a prepared statement.
///
/// Unchecked because every connection is opened with `SQLITE_OPEN_FULLMUTEX` (serialized mode), in which SQLite itself
/// makes calls on one connection and its statements safe from any thread.
struct SQLiteHandle: @unchecked Sendable {
  let pointer: OpaquePointer
}

/// One connection to a database, with its prepared statements kept for reuse.
///
/// Single calls are thread-safe; whoever strings several into a transaction must hold the connection's owner's lock.
final class SQLiteConnection: Sendable {
  private let handle: SQLiteHandle
  private let idleStatements = Mutex<[String: SQLiteHandle]>([:])

  /// Opens a file, or a private database in memory for `nil`. A missing file is not created.
  init(path: String?, readOnly: Bool, busyTimeoutMilliseconds: Int) throws(GalleryError) {
    guard sqlite3_libversion_number() >= 3_037_000 else {
      throw GalleryError(
        .storageFailed, "SQLite 3.37 or later is needed.", underlying: "found \(String(cString: sqlite3_libversion()))")
    }
    var pointer: OpaquePointer?
    var flags = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
    flags |= SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_PRIVATECACHE
    if path == nil { flags |= SQLITE_OPEN_MEMORY }
    let status = sqlite3_open_v2(path ?? ":memory:", &pointer, flags, nil)
    guard status == SQLITE_OK, let pointer else {
      let error = GalleryError(sqlite: status, connection: pointer, doing: "open the gallery")
      sqlite3_close_v2(pointer)
      throw error
    }
    handle = SQLiteHandle(pointer: pointer)
    sqlite3_extended_result_codes(pointer, 1)
    _ = face_sqlite3_configure(pointer, SQLITE_DBCONFIG_DEFENSIVE, 1)
    _ = face_sqlite3_configure(pointer, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    setBusyTimeout(milliseconds: busyTimeoutMilliseconds)
  }

  deinit {
    for statement in idleStatements.withLock({ $0.values }) {
      sqlite3_finalize(statement.pointer)
    }
    sqlite3_close_v2(handle.pointer)
  }

  /// How long a call waits for a lock that another connection holds.
  func setBusyTimeout(milliseconds: Int) {
    sqlite3_busy_timeout(handle.pointer, Int32(clamping: milliseconds))
  }

  /// Whether a transaction is open.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle.pointer) == 0 }

  /// How many rows the last statement changed.
  var changedRows: Int { Int(sqlite3_changes64(handle.pointer)) }

  /// The row id of the last insertion.
  var lastInsertedID: Int64 { sqlite3_last_insert_rowid(handle.pointer) }

  /// Runs statements without parameters or results, such as a schema.
  func execute(script: String) throws(GalleryError) {
    let status = sqlite3_exec(handle.pointer, script, nil, nil, nil)
    guard status == SQLITE_OK else { throw failure(status) }
  }

  /// Runs one statement and drops its rows.
  func run(_ sql: String, _ values: SQLiteValue...) throws(GalleryError) {
    try forEachRow(sql, values) { _ throws(GalleryError) in true }
  }

  /// The first row of a query, or `nil`.
  func first<Result>(
    _ sql: String, _ values: SQLiteValue..., row: (SQLiteRow) throws(GalleryError) -> Result
  ) throws(GalleryError) -> Result? {
    var result: Result?
    try forEachRow(sql, values) { (current) throws(GalleryError) in
      result = try row(current)
      return false
    }
    return result
  }

  /// All rows of a query, in order.
  func all<Result>(
    _ sql: String, _ values: SQLiteValue..., row: (SQLiteRow) throws(GalleryError) -> Result
  ) throws(GalleryError) -> [Result] {
    var results: [Result] = []
    try forEachRow(sql, values) { (current) throws(GalleryError) in
      results.append(try row(current))
      return true
    }
    return results
  }

  /// Calls `body` with each row until it returns `false`; a row is valid during the call only.
  func forEachRow(
    _ sql: String, _ values: [SQLiteValue], _ body: (SQLiteRow) throws(GalleryError) -> Bool
  ) throws(GalleryError) {
    let statement = try takeStatement(sql)
    defer { giveBack(statement, sql) }
    for (index, value) in values.enumerated() {
      let status = value.bind(to: statement.pointer, at: Int32(clamping: index + 1))
      guard status == SQLITE_OK else { throw failure(status) }
    }
    while true {
      switch sqlite3_step(statement.pointer) {
      case SQLITE_ROW:
        guard try body(SQLiteRow(statement: statement.pointer)) else { return }
      case SQLITE_DONE:
        return
      case let status:
        throw failure(status)
      }
    }
  }

  private func takeStatement(_ sql: String) throws(GalleryError) -> SQLiteHandle {
    if let idle = idleStatements.withLock({ $0.removeValue(forKey: sql) }) { return idle }
    var pointer: OpaquePointer?
    let status = sqlite3_prepare_v3(handle.pointer, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
    guard status == SQLITE_OK, let pointer else { throw failure(status) }
    return SQLiteHandle(pointer: pointer)
  }

  private func giveBack(_ statement: SQLiteHandle, _ sql: String) {
    sqlite3_reset(statement.pointer)
    sqlite3_clear_bindings(statement.pointer)
    let displaced = idleStatements.withLock { $0.updateValue(statement, forKey: sql) }
    if let displaced { sqlite3_finalize(displaced.pointer) }
  }

  private func failure(_ status: Int32) -> GalleryError {
    GalleryError(sqlite: status, connection: handle.pointer, doing: "use the gallery")
  }
}
