/// The operations of one write; lives only inside the body given to ``SQLiteGallery/write(key:_:)``.
///
/// Each operation happens wholly or not at all, even when the body catches its error and goes on.
package struct WriteTransaction: ~Copyable {
  let connection: SQLiteConnection
  let limits: GalleryLimits
  /// The time of everything written here.
  package let now: Timestamp
  /// Subjects that the answer speaks of, by number.
  private(set) var touched: Set<Int64> = []
  /// Whether something was erased for good.
  private(set) var erased = false
  /// Whether more was done than to append templates, so that snapshots must be loaded anew.
  private(set) var rewritten = false

  init(connection: SQLiteConnection, limits: GalleryLimits, now: Timestamp) {
    self.connection = connection
    self.limits = limits
    self.now = now
  }

  /// Notes for one operation, taken over when it succeeds.
  struct Effects {
    var touched: Set<Int64> = []
    var gone: Set<Int64> = []
    var erased = false
    var rewritten = false
  }

  /// Runs one operation so that a failure undoes all of it and nothing else.
  mutating func atomically<Result>(
    _ operation: (inout Effects) throws(GalleryError) -> Result
  ) throws(GalleryError) -> Result {
    var effects = Effects()
    try connection.run("SAVEPOINT operation")
    let result: Result
    do {
      result = try operation(&effects)
      try connection.run("RELEASE operation")
    } catch {
      // After a severe failure SQLite has already undone the whole transaction; its owner notices that.
      if connection.isInTransaction {
        try connection.run("ROLLBACK TO operation")
        try connection.run("RELEASE operation")
      }
      throw error
    }
    touched.formUnion(effects.touched)
    touched.subtract(effects.gone)
    erased = erased || effects.erased
    rewritten = rewritten || effects.rewritten
    return result
  }

  /// The number of a subject.
  func number(of subject: String) throws(GalleryError) -> Int64 {
    guard let number = try numberIfAny(of: subject) else { throw .notFound(subject) }
    return number
  }

  func numberIfAny(of subject: String) throws(GalleryError) -> Int64? {
    try TextRules.subjectID.check(subject)
    return try connection.first("SELECT number FROM subjects WHERE id = ?", .text(subject)) { $0.integer(0) }
  }

  func templateCount(of subject: Int64, model: Int64? = nil) throws(GalleryError) -> Int {
    let count =
      if let model {
        try connection.first(
          "SELECT count(*) FROM templates WHERE subject = ? AND model = ?", .integer(subject), .integer(model)
        ) { $0.int(0) }
      } else {
        try connection.first("SELECT count(*) FROM templates WHERE subject = ?", .integer(subject)) { $0.int(0) }
      }
    return count ?? 0
  }

  /// Whether the gallery has the subject, as this write sees it.
  package func contains(subject: String) throws(GalleryError) -> Bool {
    try numberIfAny(of: subject) != nil
  }

  /// Says that this write's answer names a subject it does not change, such as a near duplicate, so that the stored
  /// answer is erased with that subject. A subject the gallery does not have is passed over.
  package mutating func answerMentions(_ subject: String) throws(GalleryError) {
    if let number = try numberIfAny(of: subject) { touched.insert(number) }
  }
}
