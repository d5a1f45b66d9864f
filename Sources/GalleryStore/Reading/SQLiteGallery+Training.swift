extension SQLiteGallery {
  /// The head in use for a model, and the generation at which that was so; changes by other processes included.
  package func activeHead(model sha256: String) throws(GalleryError) -> (head: HeadRecord?, generation: Int) {
    try read { (connection, _) throws(GalleryError) in
      (try HeadTable(connection: connection).active(model: sha256), try ChangeCounters(connection).generation)
    }
  }

  /// Every head, the oldest first.
  package func heads() throws(GalleryError) -> [HeadRecord] {
    try read { (connection, _) throws(GalleryError) in try HeadTable(connection: connection).all() }
  }

  /// Those of some subjects, by number, that the gallery does not have, and the generation at which that was so.
  package func missingSubjects(of numbers: [Int64]) throws(GalleryError) -> (missing: [Int64], generation: Int) {
    try read { (connection, _) throws(GalleryError) in
      (
        try SubjectTable(connection: connection).missing(of: numbers), try ChangeCounters(connection).generation
      )
    }
  }

  /// Ids of subjects by their numbers; those that are gone are left out.
  package func subjectIDs(_ numbers: [Int64]) throws(GalleryError) -> [Int64: String] {
    try read { (connection, _) throws(GalleryError) in
      var ids: [Int64: String] = [:]
      for number in numbers {
        ids[number] =
          try connection.first("SELECT id FROM subjects WHERE number = ?", .integer(number)) { $0.text(0) }
          ?? nil
      }
      return ids
    }
  }

  /// What a training of `model` can learn from: its own templates, and other models' templates that have a kept crop and no
  /// counterpart of it. `negatives` is the id of the subject whose faces are nobody's.
  ///
  /// - Throws: `badValue`, `modelMismatch`, `storageFailed`.
  package func trainable(for model: ModelIdentity, negatives: String) throws(GalleryError) -> TrainingSnapshot {
    try model.validate()
    return try read { (connection, _) throws(GalleryError) in
      let number = try ModelTable(connection: connection).number(of: model) ?? Rebuilding.noModel
      let own = """
        SELECT t.id AS id, t.subject AS subject, coalesce(
            (SELECT template FROM crops WHERE template = t.id),
            (SELECT c.template FROM templates n JOIN crops c ON c.template = n.id
              WHERE n.source_sha256 = t.source_sha256 AND n.source_region = t.source_region AND n.subject = t.subject
              ORDER BY n.id LIMIT 1)) AS crop, 1 AS own
          FROM templates t WHERE t.model = ?1
        """
      // Of several other models' templates of one picture the first counts.
      let others = """
        SELECT min(t.id), t.subject, min(t.id), 0 FROM crops c JOIN templates t ON t.id = c.template
          WHERE t.model <> ?1 AND NOT \(Rebuilding.hasCounterpart)
          GROUP BY t.subject, coalesce(t.source_sha256, t.id), t.source_region
        """
      let templates = try connection.all(
        """
        SELECT x.id, x.subject, x.crop, x.own,
            (SELECT m.sha256 FROM templates t JOIN models m ON m.number = t.model WHERE t.id = x.crop)
          FROM (\(own) UNION ALL \(others)) x ORDER BY x.subject, x.id
        """, .integer(number)
      ) { row in
        TrainableTemplate(
          id: row.integer(0), subject: row.integer(1), cropTemplate: row.isNull(2) ? nil : row.integer(2),
          cropModelSHA256: row.text(4), isOfModel: row.integer(3) == 1)
      }
      let nobody = try connection.first("SELECT number FROM subjects WHERE id = ?", .text(negatives)) { $0.integer(0) }
      return TrainingSnapshot(
        generation: try ChangeCounters(connection).generation, templates: templates, negatives: nobody)
    }
  }

  /// The stored embedding of a template, `nil` when it is gone. Shape: as many numbers as its model's dimension.
  package func embedding(ofTemplate id: Int64) throws(GalleryError) -> [Float]? {
    try read { (connection, _) throws(GalleryError) in
      try connection.first("SELECT embedding FROM templates WHERE id = ?", .integer(id)) { row in
        row.withBlob(0) { bytes in
          var values = [Float](repeating: 0, count: bytes.count / 4)
          values.withUnsafeMutableBufferPointer { EmbeddingCoding.decode(bytes, into: $0) }
          return values
        }
      }
    }
  }
}
