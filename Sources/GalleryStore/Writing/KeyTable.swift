internal import Digests

/// The stored answers to idempotency keys, read and written inside the write they belong to.
struct KeyTable {
  let connection: SQLiteConnection
  let limits: GalleryLimits

  struct Stored {
    let response: [UInt8]
    let erasing: Bool
  }

  /// The first answer to `key`, or `nil` when the key is new.
  func answer(to key: IdempotencyKey) throws(GalleryError) -> Stored? {
    let row = try connection.first(
      "SELECT method, fingerprint, response, erasing FROM keys WHERE digest = ?", .blob(digest(of: key))
    ) { row in
      (method: row.text(0), fingerprint: row.blob(1), response: row.blob(2), erasing: row.integer(3) != 0)
    }
    guard let row else { return nil }
    guard row.method == key.method, row.fingerprint == key.fingerprint else {
      throw GalleryError(.keyReused, "This key was used before for a different request; every write needs its own.")
    }
    guard let response = row.response else {
      throw GalleryError(
        .subjectNotFound,
        "This request was done before, and its answer was erased with the subject it spoke of. "
          + "Use a new key to do it again.")
    }
    return Stored(response: response, erasing: row.erasing)
  }

  /// Stores an answer with the subjects it speaks of, and drops those that are too old or too many.
  func store(
    _ key: IdempotencyKey, response: [UInt8], subjects: Set<Int64>, erasing: Bool, now: Timestamp
  ) throws(GalleryError) {
    guard response.count <= limits.responseBytes else {
      throw GalleryError(.badValue, "An answer of \(response.count) bytes is too long to be kept with its key.")
    }
    let (oldest, overflow) = now.subtractingReportingOverflow(limits.keyAgeMilliseconds)
    if !overflow {
      try connection.run("DELETE FROM keys WHERE created < ?", .integer(oldest))
    }
    try connection.run(
      "INSERT INTO keys (digest, method, fingerprint, response, erasing, created) VALUES (?, ?, ?, ?, ?, ?)",
      .blob(digest(of: key)), .text(key.method), .blob(key.fingerprint), .blob(response), .integer(erasing ? 1 : 0),
      .integer(now))
    let number = connection.lastInsertedID
    for subject in subjects {
      try connection.run("INSERT INTO key_subjects (key, subject) VALUES (?, ?)", .integer(number), .integer(subject))
    }
    // Numbers rise by one a key, so this many below the newest are at most this many rows.
    try connection.run("DELETE FROM keys WHERE number <= ?", .integer(number - Int64(limits.keyCount)))
  }

  /// Erases every answer that speaks of `subject`; the keys stay known, so that a late repeat does not run again.
  func eraseAnswers(about subject: Int64) throws(GalleryError) -> Int {
    try connection.run(
      "UPDATE keys SET response = NULL WHERE number IN (SELECT key FROM key_subjects WHERE subject = ?)",
      .integer(subject))
    let erased = connection.changedRows
    try connection.run("DELETE FROM key_subjects WHERE subject = ?", .integer(subject))
    return erased
  }

  /// Makes the answers about one subject answers about another, which its templates moved to.
  func moveAnswers(from subject: Int64, to other: Int64) throws(GalleryError) {
    try connection.run(
      "INSERT OR IGNORE INTO key_subjects (key, subject) SELECT key, ? FROM key_subjects WHERE subject = ?",
      .integer(other), .integer(subject))
    try connection.run("DELETE FROM key_subjects WHERE subject = ?", .integer(subject))
  }

  private func digest(of key: IdempotencyKey) -> [UInt8] { SHA256.digest(key.key.utf8) }
}
