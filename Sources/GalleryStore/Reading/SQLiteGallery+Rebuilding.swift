extension SQLiteGallery {
  /// Templates of other models that have a kept crop and no counterpart of `model`, by id, those after `after`.
  ///
  /// Shape: at most `limit` of them; none when there are no more.
  ///
  /// - Throws: `badValue`, `modelMismatch`, `storageFailed`, `corrupt`.
  package func rebuildable(
    for model: ModelIdentity, after: Int64 = 0, limit: Int
  ) throws(GalleryError) -> [RebuildableTemplate] {
    try model.validate()
    return try read { (connection, _) throws(GalleryError) in
      try Self.rebuildable(for: model, after: after, limit: limit, connection)
    }
  }

  static func rebuildable(
    for model: ModelIdentity, after: Int64, limit: Int, _ connection: SQLiteConnection
  ) throws(GalleryError) -> [RebuildableTemplate] {
    let number = try ModelTable(connection: connection).number(of: model) ?? Rebuilding.noModel
    return try connection.all(
      """
      SELECT t.id, m.id, m.sha256, m.dimension FROM crops c JOIN templates t ON t.id = c.template
        JOIN models m ON m.number = t.model
        WHERE c.template > ?2 AND t.model <> ?1 AND NOT \(Rebuilding.hasCounterpart) ORDER BY c.template LIMIT ?3
      """, .integer(number), .integer(after), .integer(limit)
    ) { RebuildableTemplate(id: $0.integer(0), model: $0.model(at: 1)) }
  }

  /// How many templates ``rebuildable(for:after:limit:)`` would list in all.
  package func rebuildableCount(for model: ModelIdentity) throws(GalleryError) -> Int {
    try model.validate()
    return try read { (connection, _) throws(GalleryError) in
      let number = try ModelTable(connection: connection).number(of: model) ?? Rebuilding.noModel
      return try connection.first(
        """
        SELECT count(*) FROM crops c JOIN templates t ON t.id = c.template
          WHERE t.model <> ?1 AND NOT \(Rebuilding.hasCounterpart)
        """, .integer(number)
      ) { $0.int(0) } ?? 0
    }
  }

  /// How far the gallery is from serving `model`, with at most `limit` ids of subjects that it would not know.
  package func rebuildState(of model: ModelIdentity, limit: Int) throws(GalleryError) -> RebuildState {
    try model.validate()
    return try read { (connection, _) throws(GalleryError) in
      let number = try ModelTable(connection: connection).number(of: model) ?? Rebuilding.noModel
      let unknown = """
        FROM subjects s WHERE EXISTS (SELECT 1 FROM templates WHERE subject = s.number)
          AND NOT EXISTS (SELECT 1 FROM templates WHERE subject = s.number AND model = ?1)
        """
      func count(_ sql: String) throws(GalleryError) -> Int {
        try connection.first(sql, .integer(number)) { $0.int(0) } ?? 0
      }
      return RebuildState(
        subjects: try count("SELECT count(DISTINCT subject) FROM templates WHERE model = ?1"),
        missingTemplates: try count(
          "SELECT count(*) FROM templates t WHERE t.model <> ?1 AND NOT \(Rebuilding.hasCounterpart)"),
        missingSubjectCount: try count("SELECT count(*) \(unknown)"),
        missingSubjects: try connection.all(
          "SELECT s.id \(unknown) ORDER BY s.id LIMIT ?2", .integer(number), .integer(limit)
        ) { $0.text(0) ?? "" })
    }
  }
}

/// What reading and writing share about templates made anew from kept crops.
enum Rebuilding {
  /// No model has this number.
  static let noModel: Int64 = -1

  /// Whether template `t` has a counterpart, the same picture of the same subject, of model `?1`. A template without a
  /// source has none; see ``WriteTransaction/addRebuilt(_:model:)``.
  static let hasCounterpart = """
    EXISTS (SELECT 1 FROM templates n WHERE n.source_sha256 = t.source_sha256 AND n.source_region = t.source_region
      AND n.subject = t.subject AND n.model = ?1)
    """
}
