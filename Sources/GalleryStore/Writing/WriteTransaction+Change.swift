extension WriteTransaction {
  /// Changes a subject's id, name or metadata; what is `nil` stays.
  ///
  /// - Throws: `subjectNotFound`, `subjectExists` when the new id is taken, `badValue`, `storageFailed`.
  package mutating func rename(
    _ subject: String, to newID: String? = nil, name: String? = nil, metadata: String? = nil
  ) throws(GalleryError) -> SubjectSummary {
    let number = try number(of: subject)
    if let newID, let owner = try numberIfAny(of: newID), owner != number {
      throw GalleryError(.subjectExists, "The new id is already another subject's.", subject: newID)
    }
    if let name { try TextRules.name.check(name) }
    if let metadata { try checkMetadata(metadata) }
    let connection = self.connection
    let now = self.now
    return try atomically { (effects) throws(GalleryError) in
      try connection.run(
        """
        UPDATE subjects SET id = coalesce(?, id), name = coalesce(?, name), metadata = coalesce(?, metadata),
          updated = ? WHERE number = ?
        """, .text(newID), .text(name), .text(metadata), .integer(now), .integer(number))
      effects.touched.insert(number)
      effects.rewritten = true
      guard let summary = try SubjectTable(connection: connection).summary(of: newID ?? subject) else {
        throw .notFound(subject)
      }
      return summary
    }
  }

  /// Moves all templates of some subjects to another and drops the emptied subjects.
  ///
  /// - Throws: `subjectNotFound` for any of them, `badValue`, `storageFailed`.
  package mutating func merge(from sources: [String], into target: String) throws(GalleryError) -> MergeResult {
    let into = try number(of: target)
    var from: [Int64] = []
    for source in sources {
      let number = try number(of: source)
      guard number != into, !from.contains(number) else {
        throw GalleryError(
          .badValue, "A merge must name each subject once, and not the one merged into.", subject: source)
      }
      from.append(number)
    }
    guard !from.isEmpty else { throw GalleryError(.badValue, "A merge must name at least one subject to merge.") }
    let connection = self.connection
    let limits = self.limits
    let now = self.now
    let result = try atomically { (effects) throws(GalleryError) in
      let keys = KeyTable(connection: connection, limits: limits)
      var moved = 0
      var dropped = 0
      for source in from {
        // What would be the same picture twice stays behind and goes with the emptied subject.
        try connection.run(
          "UPDATE OR IGNORE templates SET subject = ? WHERE subject = ?", .integer(into), .integer(source))
        moved += connection.changedRows
        try connection.run("DELETE FROM templates WHERE subject = ?", .integer(source))
        dropped += connection.changedRows
        try keys.moveAnswers(from: source, to: into)
        try connection.run(
          "UPDATE OR IGNORE head_slots SET subject = ? WHERE subject = ?", .integer(into), .integer(source))
        try connection.run("DELETE FROM head_slots WHERE subject = ?", .integer(source))
        try connection.run("DELETE FROM subjects WHERE number = ?", .integer(source))
        effects.gone.insert(source)
      }
      let largest =
        try connection.first(
          "SELECT max(n) FROM (SELECT count(*) AS n FROM templates WHERE subject = ? GROUP BY model)", .integer(into)
        ) { $0.int(0) } ?? 0
      guard largest <= limits.templatesPerSubject else {
        throw GalleryError(
          .badValue,
          "A subject may have \(limits.templatesPerSubject) templates of a model, and this would make \(largest).",
          subject: target)
      }
      try connection.run("UPDATE subjects SET updated = ? WHERE number = ?", .integer(now), .integer(into))
      effects.touched.insert(into)
      effects.rewritten = true
      return (moved: moved, dropped: dropped)
    }
    return MergeResult(
      subject: target, merged: sources, templatesMoved: result.moved, duplicatesDropped: result.dropped,
      templates: try templateCount(of: into))
  }

  /// Erases a subject for good: its row, templates, crops, its slots of heads, and the stored answers that speak of it.
  /// The heads' files are the caller's business, see ``heads(knowing:)``.
  ///
  /// The bytes leave the disk once the write is committed, by rewriting the file: several subjects that go together are
  /// best removed in one write. The answer stored with this write's own key must not hold the subject's id, name or metadata.
  ///
  /// - Throws: `subjectNotFound`, `badValue`, `storageFailed`.
  package mutating func remove(_ subject: String) throws(GalleryError) -> RemovalReceipt {
    let number = try number(of: subject)
    let connection = self.connection
    let limits = self.limits
    return try atomically { (effects) throws(GalleryError) in
      try connection.run(
        "DELETE FROM crops WHERE template IN (SELECT id FROM templates WHERE subject = ?)", .integer(number))
      let crops = connection.changedRows
      try connection.run("DELETE FROM templates WHERE subject = ?", .integer(number))
      let templates = connection.changedRows
      let answers = try KeyTable(connection: connection, limits: limits).eraseAnswers(about: number)
      try connection.run("DELETE FROM head_slots WHERE subject = ?", .integer(number))
      try connection.run("DELETE FROM subjects WHERE number = ?", .integer(number))
      try Erasure.request(connection)
      effects.gone.insert(number)
      effects.erased = true
      effects.rewritten = true
      return RemovalReceipt(templates: templates, crops: crops, answers: answers)
    }
  }
}
