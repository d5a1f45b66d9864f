internal import Digests

extension WriteTransaction {
  /// Adds templates of `model` made from the kept crops of other templates; returns how many were added.
  ///
  /// Each takes over the subject, quality and source of its origin. One whose origin is gone, whose counterpart exists
  /// already, or whose subject is full is passed over. An origin without a source gets one here, made from its id, so that
  /// the two are found to belong together later.
  ///
  /// - Throws: `badValue`, `modelMismatch`, `storageFailed`; then nothing was added.
  package mutating func addRebuilt(_ templates: [RebuiltTemplate], model: ModelIdentity) throws(GalleryError) -> Int {
    try model.validate()
    for template in templates {
      var copy = template.embedding
      guard copy.count == model.dimension, copy.withUnsafeMutableBufferPointer({ EmbeddingCoding.normalize($0) }) else {
        throw GalleryError(.badValue, "A rebuilt template is not an embedding of \(model.id).")
      }
    }
    let connection = self.connection
    let limits = self.limits
    let now = self.now
    let known = try ModelTable(connection: connection).number(of: model)
    return try atomically { (_) throws(GalleryError) in
      let number = if let known { known } else { try ModelTable(connection: connection).add(model) }
      var added = 0
      for template in templates {
        let origin = try connection.first(
          "SELECT subject, quality, source_sha256, source_region FROM templates WHERE id = ? AND model <> ?",
          .integer(template.origin), .integer(number)
        ) { row in
          (subject: row.integer(0), quality: row.real(1), source: row.text(2), region: row.text(3) ?? "")
        }
        guard let origin else { continue }
        let full = try connection.first(
          "SELECT count(*) >= ? FROM templates WHERE subject = ? AND model = ?", .integer(limits.templatesPerSubject),
          .integer(origin.subject), .integer(number)
        ) { $0.integer(0) == 1 }
        if full == true { continue }
        var (source, region) = (origin.source, origin.region)
        if source == nil {
          region = "template \(template.origin)"
          source = SHA256.hexadecimal(Array(region.utf8))
          try connection.run(
            "UPDATE templates SET source_sha256 = ?, source_region = ? WHERE id = ?", .text(source), .text(region),
            .integer(template.origin))
        }
        try connection.run(
          """
          INSERT OR IGNORE INTO templates
            (subject, model, embedding, quality, source_sha256, source_region, created)
            VALUES (?, ?, ?, ?, ?, ?, ?)
          """, .integer(origin.subject), .integer(number), .blob(EmbeddingCoding.encode(template.embedding)),
          .real(origin.quality), .text(source), .text(region), .integer(now))
        added += connection.changedRows
        if let geometry = template.geometry {
          try connection.run(
            "UPDATE crops SET geometry = ? WHERE template = ? AND geometry IS NULL", .blob(geometry.encoded),
            .integer(template.origin))
        }
      }
      return added
    }
  }

  /// Erases for good the templates of other models of every subject that was rebuilt fully: each of those templates has a
  /// counterpart of `model`. Kept crops move to the counterparts, so that yet another model can be served later.
  ///
  /// - Throws: `modelMismatch`, `storageFailed`.
  package mutating func dropOtherModels(than model: ModelIdentity) throws(GalleryError) -> DropReceipt {
    let connection = self.connection
    guard let number = try ModelTable(connection: connection).number(of: model) else {
      return DropReceipt(subjects: 0, templates: 0)
    }
    return try atomically { (effects) throws(GalleryError) in
      let complete = try connection.all(
        """
        SELECT DISTINCT t.subject FROM templates t WHERE t.model <> ?1 AND t.subject NOT IN
          (SELECT t.subject FROM templates t WHERE t.model <> ?1 AND NOT \(Rebuilding.hasCounterpart))
        """, .integer(number)
      ) { $0.integer(0) }
      var templates = 0
      for subject in complete {
        // Of two crops of one picture the first to come stays; a crop without geometry means nothing to another model.
        let moves = try connection.all(
          """
          SELECT t.id, n.id FROM templates t JOIN crops c ON c.template = t.id
            JOIN templates n ON n.source_sha256 = t.source_sha256 AND n.source_region = t.source_region
              AND n.subject = t.subject AND n.model = ?1
            WHERE t.subject = ?2 AND t.model <> ?1 AND c.geometry IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM crops WHERE template = n.id)
            ORDER BY t.id
          """, .integer(number), .integer(subject)
        ) { (from: $0.integer(0), to: $0.integer(1)) }
        for move in moves {
          try connection.run(
            "UPDATE OR IGNORE crops SET template = ? WHERE template = ?", .integer(move.to), .integer(move.from))
        }
        try connection.run(
          "DELETE FROM crops WHERE template IN (SELECT id FROM templates WHERE subject = ?2 AND model <> ?1)",
          .integer(number), .integer(subject))
        try connection.run(
          "DELETE FROM templates WHERE subject = ?2 AND model <> ?1", .integer(number), .integer(subject))
        templates += connection.changedRows
      }
      if templates > 0 {
        try Erasure.request(connection)
        effects.erased = true
        effects.rewritten = true
      }
      return DropReceipt(subjects: complete.count, templates: templates)
    }
  }
}
