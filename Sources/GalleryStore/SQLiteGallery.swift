internal import Synchronization

/// The enrolled subjects and their templates in one SQLite file, which several processes may share.
///
/// Writes go through one connection, one at a time, each a transaction that is on the disk when the call returns.
/// Reads go through a second connection and wait for no writer, here or in another process (SQLite's WAL). A gallery
/// in memory has one connection for both. Calls may come from any thread and block it; none may be made from within
/// the body of ``write(key:_:)``.
package final class SQLiteGallery: Sendable {
  /// The bounds this gallery enforces.
  package let limits: GalleryLimits
  /// Where the gallery lies, or `nil` in memory.
  package let path: String?

  private let clock: @Sendable () -> Timestamp
  /// Guards the writing connection. Taken before ``reader`` where both are needed.
  private let writer = Mutex(WriterState())
  private let writing: SQLiteConnection
  /// Guards the reading connection and holds what was read.
  private let reader: Mutex<IndexCache>
  private let reading: SQLiteConnection

  /// How many erasures are being finished: whoever writes a vector file gives up for them.
  let erasuresWaiting = Atomic(0)
  /// Whether a vector file is being written by a thread of this gallery.
  let isSaving = Atomic(false)

  private struct WriterState {
    /// An erasure whose bytes may still lie in the file or the log.
    var erasurePending = false
  }

  /// Two galleries of one process must not be set up at once: see ``GalleryFile/prepare(_:)``.
  private static let opening = Mutex(())

  /// Opens the gallery at `path`, making it and its folders when missing; `nil` is a gallery in memory.
  ///
  /// - Throws: `storageFailed` when the file cannot be used, is no gallery or is of a later format (it is then left as
  ///   it was); `corrupt`; `badValue`.
  package init(
    path: String?, limits: GalleryLimits = GalleryLimits(), searching settings: SearchSettings = SearchSettings(),
    clock: @escaping @Sendable () -> Timestamp = SystemClock.now
  ) throws(GalleryError) {
    self.path = path
    self.limits = limits
    self.clock = clock
    reader = Mutex(IndexCache(settings: settings, path: path))
    let opened = try Self.opening.withLock { _ throws(GalleryError) in try Self.open(path, limits) }
    writing = opened.writing
    reading = opened.reading
    // An erasure that a crash or another process kept from being finished is finished now, or after the next write.
    writer.withLock { $0.erasurePending = !finishErasure(waitingMilliseconds: 0) }
  }

  private static func open(
    _ path: String?, _ limits: GalleryLimits
  ) throws(GalleryError) -> (writing: SQLiteConnection, reading: SQLiteConnection) {
    if let path { try GalleryFile.prepare(path) }
    let busy = limits.busyTimeoutMilliseconds
    let writing = try SQLiteConnection(path: path, readOnly: false, busyTimeoutMilliseconds: busy)
    try writing.execute(
      script: """
        PRAGMA page_size = 8192; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
        PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;
        """)
    try Schema.prepare(writing)
    if let pages = limits.pageCount { try writing.execute(script: "PRAGMA max_page_count = \(pages)") }
    if let pages = limits.checkpointPages { try writing.execute(script: "PRAGMA wal_autocheckpoint = \(pages)") }
    guard let path else { return (writing, writing) }
    try switchToWAL(writing, milliseconds: busy)
    GalleryFile.makePrivate(path)
    let reading = try SQLiteConnection(path: path, readOnly: true, busyTimeoutMilliseconds: busy)
    try reading.execute(script: "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;")
    // The first read makes SQLite open the log, so that a file that cannot be read is found here.
    _ = try ChangeCounters(reading)
    return (writing, reading)
  }

  /// SQLite does not always wait for the lock this needs, so the waiting is done here.
  private static func switchToWAL(_ connection: SQLiteConnection, milliseconds: Int) throws(GalleryError) {
    let deadline = SystemClock.now() + Int64(milliseconds)
    while true {
      do throws(GalleryError) {
        let mode = try connection.first("PRAGMA journal_mode = WAL") { $0.text(0) } ?? nil
        guard mode == "wal" else {
          throw GalleryError(
            .storageFailed, "The gallery's file system does not allow a shared write-ahead log.",
            underlying: "journal mode \(mode ?? "unknown")")
        }
        return
      } catch {
        guard error.isTransient, SystemClock.now() < deadline else { throw error }
        SystemClock.sleep(milliseconds: 5)
      }
    }
  }

  // MARK: Reading

  /// Runs `body` in a read transaction: all it reads is of one moment.
  func read<Result: Sendable>(
    _ body: (SQLiteConnection, inout IndexCache) throws(GalleryError) -> Result
  ) throws(GalleryError) -> Result {
    // In memory both connections are one: nothing may be read in the middle of a write.
    guard path == nil else { return try readLocked(body) }
    return try writer.withLock { _ throws(GalleryError) in try readLocked(body) }
  }

  private func readLocked<Result: Sendable>(
    _ body: (SQLiteConnection, inout IndexCache) throws(GalleryError) -> Result
  ) throws(GalleryError) -> Result {
    try reader.withLock { (cache) throws(GalleryError) in
      try reading.run("BEGIN")
      defer { if reading.isInTransaction { try? reading.run("ROLLBACK") } }
      return try body(reading, &cache)
    }
  }

  // MARK: Writing

  /// Runs `body` as one write: all of it is on the disk when this returns, or none of it.
  ///
  /// With a key, the answer's bytes are stored in the same transaction, and a repeat of the key returns them without
  /// running `body`. Every committed write raises the generation by one.
  ///
  /// - Throws: what `body` throws; `keyReused` when the key came with another method or fingerprint;
  ///   `subjectNotFound` when the key's answer was erased with its subject; `badValue`; `storageFailed`.
  package func write<Result: Sendable>(
    key: IdempotencyKey? = nil,
    _ body: (inout WriteTransaction) throws -> (result: Result, response: [UInt8])
  ) throws -> WriteOutcome<Result> {
    try key?.validate()
    return try writer.withLock { state in
      try writing.run("BEGIN IMMEDIATE")
      let outcome: WriteOutcome<Result>
      let erased: Bool
      do {
        (outcome, erased) = try transact(key, body)
        try writing.run("COMMIT")
      } catch {
        if writing.isInTransaction { try? writing.run("ROLLBACK") }
        throw error
      }
      guard erased || state.erasurePending else { return outcome }
      let patience = erased ? limits.erasureTimeoutMilliseconds : 0
      state.erasurePending = !finishErasure(waitingMilliseconds: patience)
      return WriteOutcome(
        result: outcome.result, response: outcome.response, generation: outcome.generation,
        walTruncated: erased ? !state.erasurePending : nil)
    }
  }

  /// The part of a write between its begin and its commit.
  private func transact<Result: Sendable>(
    _ key: IdempotencyKey?, _ body: (inout WriteTransaction) throws -> (result: Result, response: [UInt8])
  ) throws -> (outcome: WriteOutcome<Result>, erased: Bool) {
    let keys = KeyTable(connection: writing, limits: limits)
    if let key, let stored = try keys.answer(to: key) {
      let generation = try ChangeCounters(writing).generation
      let outcome = WriteOutcome<Result>(
        result: nil, response: stored.response, generation: generation, walTruncated: nil)
      return (outcome, stored.erasing)
    }
    var transaction = WriteTransaction(connection: writing, limits: limits, now: clock())
    let (result, response) = try body(&transaction)
    guard writing.isInTransaction else {
      throw GalleryError(.storageFailed, "The write was undone because the gallery could not be written.")
    }
    let generation = try ChangeCounters.advance(writing, rewritten: transaction.rewritten)
    if let key {
      try keys.store(
        key, response: response, subjects: transaction.touched, erasing: transaction.erased, now: transaction.now)
    }
    let outcome = WriteOutcome(result: result, response: response, generation: generation, walTruncated: nil)
    return (outcome, transaction.erased)
  }

  // MARK: Vector files

  /// Stores what marks a new vector file of a model; those marked long ago are not taken any more.
  func markVectorFile(_ token: [UInt8], _ model: ModelIdentity) -> Bool {
    writer.withLock { _ in
      do throws(GalleryError) {
        try writing.run("BEGIN IMMEDIATE")
        try writing.run(
          "INSERT INTO vector_files (token, model_sha256) VALUES (?, ?)", .blob(token), .text(model.sha256))
        try writing.run(
          """
          DELETE FROM vector_files WHERE model_sha256 = ?1 AND number NOT IN
            (SELECT number FROM vector_files WHERE model_sha256 = ?1 ORDER BY number DESC LIMIT 4)
          """, .text(model.sha256))
        try writing.run("COMMIT")
        return true
      } catch {
        if writing.isInTransaction { try? writing.run("ROLLBACK") }
        return false
      }
    }
  }

  // MARK: Erasing

  /// Tries again to finish an erasure that another process's reading or writing kept from it.
  ///
  /// Returns whether nothing erased is left on disk.
  package func finishErasure() -> Bool {
    writer.withLock { state in
      if state.erasurePending {
        state.erasurePending = !finishErasure(waitingMilliseconds: limits.erasureTimeoutMilliseconds)
      }
      return !state.erasurePending
    }
  }

  private func finishErasure(waitingMilliseconds: Int) -> Bool {
    guard let path else { return true }
    erasuresWaiting.add(1, ordering: .sequentiallyConsistent)
    defer { erasuresWaiting.subtract(1, ordering: .sequentiallyConsistent) }
    return Erasure(connection: writing, limits: limits, path: path).finish(waitingMilliseconds: waitingMilliseconds)
  }
}
