/// The models whose templates a gallery holds.
struct ModelTable {
  let connection: SQLiteConnection

  /// The row of a model, or `nil` when the gallery never saw it.
  func number(of model: ModelIdentity) throws(GalleryError) -> Int64? {
    let row = try connection.first("SELECT number, dimension FROM models WHERE sha256 = ?", .text(model.sha256)) {
      (number: $0.integer(0), dimension: $0.int(1))
    }
    guard let row else { return nil }
    guard row.dimension == model.dimension else {
      throw GalleryError(
        .modelMismatch,
        "The gallery knows model \(model.id) with embeddings of \(row.dimension) numbers, not \(model.dimension); "
          + "check its manifest.")
    }
    return row.number
  }

  func add(_ model: ModelIdentity) throws(GalleryError) -> Int64 {
    try connection.run(
      "INSERT INTO models (sha256, id, dimension) VALUES (?, ?, ?)", .text(model.sha256), .text(model.id),
      .integer(model.dimension))
    return connection.lastInsertedID
  }

  /// Whether the gallery has templates of any model.
  func hasTemplates() throws(GalleryError) -> Bool {
    try connection.first("SELECT EXISTS (SELECT 1 FROM templates)") { $0.integer(0) == 1 } ?? false
  }

  /// Whether the gallery has templates of one model.
  func hasTemplates(model: Int64?) throws(GalleryError) -> Bool {
    guard let model else { return false }
    return try connection.first("SELECT EXISTS (SELECT 1 FROM templates WHERE model = ?)", .integer(model)) {
      $0.integer(0) == 1
    } ?? false
  }

  /// The error that says which models the gallery has instead of `model`.
  func mismatch(with model: ModelIdentity) throws(GalleryError) -> GalleryError {
    let found = try connection.all(
      """
      SELECT id, sha256 FROM models WHERE EXISTS (SELECT 1 FROM templates WHERE model = models.number)
        ORDER BY id, sha256 LIMIT 8
      """
    ) { "\($0.text(0) ?? "?") (sha256 \((($0.text(1) ?? "").prefix(12)))...)" }
    return GalleryError(
      .modelMismatch,
      "The gallery's templates were made by \(found.joined(separator: ", ")), none by \(model.id) "
        + "(sha256 \(model.sha256.prefix(12))...). Switch back to that model, or re-embed the gallery from its crops.")
  }
}
