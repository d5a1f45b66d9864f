/// Reads subjects and counts through any connection.
struct SubjectTable {
  let connection: SQLiteConnection

  private static let columns = "number, id, name, metadata, created, updated"

  func summary(of subject: String) throws(GalleryError) -> SubjectSummary? {
    try row(of: subject).map { (row) throws(GalleryError) in try summary(row) }
  }

  func detail(of subject: String) throws(GalleryError) -> SubjectDetail? {
    guard let row = try row(of: subject) else { return nil }
    let templates = try connection.all(
      """
      SELECT t.id, t.quality, t.source_sha256, t.source_region, t.created,
          EXISTS (SELECT 1 FROM crops WHERE template = t.id), m.id, m.sha256, m.dimension
        FROM templates t JOIN models m ON m.number = t.model WHERE t.subject = ? ORDER BY t.id
      """, .integer(row.number)
    ) { row in
      TemplateSummary(
        id: row.integer(0), model: row.model(at: 6), quality: row.real(1),
        source: row.text(2).map { TemplateSource(sha256: $0, region: row.text(3) ?? "") },
        hasCrop: row.integer(5) == 1, created: row.integer(4))
    }
    return SubjectDetail(summary: try summary(row), templates: templates)
  }

  func page(after: String?, limit: Int) throws(GalleryError) -> SubjectPage {
    // One more than asked tells whether another page follows.
    var rows = try connection.all(
      "SELECT \(Self.columns) FROM subjects WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2", .text(after),
      .integer(limit + 1), row: Row.init)
    let hasMore = rows.count > limit
    if hasMore { rows.removeLast() }
    var subjects: [SubjectSummary] = []
    for row in rows { subjects.append(try summary(row)) }
    let total = try connection.first("SELECT count(*) FROM subjects") { $0.int(0) } ?? 0
    return SubjectPage(subjects: subjects, next: hasMore ? subjects.last?.id : nil, total: total)
  }

  func counts() throws(GalleryError) -> GalleryCounts {
    let models = try ModelTable(connection: connection).totals()
    return GalleryCounts(
      subjects: try connection.first("SELECT count(*) FROM subjects") { $0.int(0) } ?? 0,
      templates: models.reduce(0) { $0 + $1.templates }, models: models,
      generation: try ChangeCounters(connection).generation)
  }

  private struct Row {
    let number: Int64
    let id: String
    let name: String?
    let metadata: String?
    let created: Timestamp
    let updated: Timestamp

    init(_ row: SQLiteRow) {
      number = row.integer(0)
      id = row.text(1) ?? ""
      name = row.text(2)
      metadata = row.text(3)
      created = row.integer(4)
      updated = row.integer(5)
    }
  }

  private func row(of subject: String) throws(GalleryError) -> Row? {
    try connection.first("SELECT \(Self.columns) FROM subjects WHERE id = ?", .text(subject), row: Row.init)
  }

  private func summary(_ row: Row) throws(GalleryError) -> SubjectSummary {
    let templates = try connection.all(
      """
      SELECT m.id, m.sha256, m.dimension, count(*)
        FROM templates t JOIN models m ON m.number = t.model WHERE t.subject = ?
        GROUP BY t.model ORDER BY m.id, m.sha256
      """, .integer(row.number)
    ) { ModelCount(model: $0.model(at: 0), templates: $0.int(3)) }
    return SubjectSummary(
      id: row.id, name: row.name, metadata: row.metadata, created: row.created, updated: row.updated,
      templates: templates)
  }
}
