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

  /// The models whose templates the gallery holds, by id then sha256.
  func totals() throws(GalleryError) -> [ModelTotals] {
    try connection.all(
      """
      SELECT m.id, m.sha256, m.dimension, count(*), count(DISTINCT t.subject)
        FROM templates t JOIN models m ON m.number = t.model GROUP BY t.model ORDER BY m.id, m.sha256
      """
    ) { ModelTotals(model: $0.model(at: 0), templates: $0.int(3), subjects: $0.int(4)) }
  }

  /// The error that says which models the gallery has instead of `model`, and what to do about it.
  func mismatch(with model: ModelIdentity) throws(GalleryError) -> GalleryError {
    let found = Array(try totals().prefix(8))
    let names = found.map { "\($0.model.id) (sha256 \($0.model.sha256.prefix(12))...)" }
    return GalleryError(
      .modelMismatch,
      "The gallery's templates were made by \(names.joined(separator: ", ")), none by \(model.id) "
        + "(sha256 \(model.sha256.prefix(12))...). Call gallery.reembed to make them for this model from the kept "
        + "crops, or models.activate to go back to the old model.", galleryModels: found, askedModel: model.id)
  }
}
