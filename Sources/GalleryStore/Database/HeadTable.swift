/// The trained heads of a gallery. Of each model at most one is active; those before it can be gone back to.
struct HeadTable {
  let connection: SQLiteConnection

  private static let columns = "number, id, model_sha256, sha256, report, created"

  /// The head in use for a model.
  func active(model sha256: String) throws(GalleryError) -> HeadRecord? {
    try first("WHERE model_sha256 = ? AND is_active = 1", .text(sha256))?.record
  }

  /// Every head, the oldest first.
  func all() throws(GalleryError) -> [HeadRecord] { try rows("ORDER BY number").map(\.record) }

  /// The heads that know a subject.
  func knowing(_ subject: Int64) throws(GalleryError) -> [HeadRecord] {
    try rows("WHERE number IN (SELECT head FROM head_slots WHERE subject = ?) ORDER BY number", .integer(subject))
      .map(\.record)
  }

  /// Makes a head the one in use for its model. Returns the heads that were dropped, since only `kept` earlier ones stay.
  func activate(_ head: HeadRecord, keeping kept: Int, now: Timestamp) throws(GalleryError) -> [HeadRecord] {
    try connection.run("UPDATE heads SET is_active = 0 WHERE model_sha256 = ?", .text(head.modelSHA256))
    try connection.run(
      "INSERT INTO heads (id, model_sha256, sha256, is_active, report, created) VALUES (?, ?, ?, 1, ?, ?)",
      .text(head.id), .text(head.modelSHA256), .text(head.sha256), .text(head.report), .integer(now))
    try setSlots(head.slots, of: connection.lastInsertedID)
    let dropped = try rows(
      "WHERE model_sha256 = ? AND is_active = 0 ORDER BY number DESC LIMIT -1 OFFSET ?", .text(head.modelSHA256),
      .integer(kept))
    for row in dropped { try remove(row.number) }
    return dropped.map(\.record)
  }

  /// Drops the head in use for a model and goes back to the one before it; `nil` when none is in use.
  func rollBack(model sha256: String) throws(GalleryError) -> HeadRollback? {
    guard let undone = try first("WHERE model_sha256 = ? AND is_active = 1", .text(sha256)) else { return nil }
    try remove(undone.number)
    let earlier = try first("WHERE model_sha256 = ? ORDER BY number DESC LIMIT 1", .text(sha256))
    if let earlier { try connection.run("UPDATE heads SET is_active = 1 WHERE number = ?", .integer(earlier.number)) }
    return HeadRollback(undone: undone.record, active: earlier?.record)
  }

  /// Notes the file and the slots of a head whose rows were changed.
  func replace(_ head: HeadRecord) throws(GalleryError) {
    guard let row = try first("WHERE id = ?", .text(head.id)) else { return }
    try connection.run("UPDATE heads SET sha256 = ? WHERE number = ?", .text(head.sha256), .integer(row.number))
    try connection.run("DELETE FROM head_slots WHERE head = ?", .integer(row.number))
    try setSlots(head.slots, of: row.number)
  }

  /// Forgets a head; for one that was in use the one before it is.
  func drop(_ id: String) throws(GalleryError) {
    guard let row = try first("WHERE id = ?", .text(id)) else { return }
    if try active(model: row.record.modelSHA256)?.id == id {
      _ = try rollBack(model: row.record.modelSHA256)
    } else {
      try remove(row.number)
    }
  }

  private struct Row {
    let number: Int64
    let record: HeadRecord
  }

  private func remove(_ number: Int64) throws(GalleryError) {
    try connection.run("DELETE FROM head_slots WHERE head = ?", .integer(number))
    try connection.run("DELETE FROM heads WHERE number = ?", .integer(number))
  }

  private func setSlots(_ slots: [Int64], of head: Int64) throws(GalleryError) {
    for slot in slots {
      try connection.run("INSERT INTO head_slots (head, subject) VALUES (?, ?)", .integer(head), .integer(slot))
    }
  }

  private func first(_ condition: String, _ values: SQLiteValue...) throws(GalleryError) -> Row? {
    try rows(condition, values).first
  }

  private func rows(_ condition: String, _ values: SQLiteValue...) throws(GalleryError) -> [Row] {
    try rows(condition, values)
  }

  private func rows(_ condition: String, _ values: [SQLiteValue]) throws(GalleryError) -> [Row] {
    var rows: [Row] = []
    try connection.forEachRow("SELECT \(Self.columns) FROM heads \(condition)", values) { (row) throws(GalleryError) in
      let number = row.integer(0)
      let slots = try connection.all(
        "SELECT subject FROM head_slots WHERE head = ? ORDER BY subject", .integer(number)
      ) { $0.integer(0) }
      rows.append(
        Row(
          number: number,
          record: HeadRecord(
            id: row.text(1) ?? "", modelSHA256: row.text(2) ?? "", sha256: row.text(3) ?? "", slots: slots,
            report: row.text(4) ?? "", created: row.integer(5))))
      return true
    }
    return rows
  }
}
