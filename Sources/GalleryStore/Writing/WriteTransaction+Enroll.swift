extension WriteTransaction {
  /// Adds templates to a subject, creating it when missing; a template whose source the subject already has for this
  /// model is not added twice.
  ///
  /// - Throws: `badValue`, `modelMismatch`, `storageFailed`; then nothing was added.
  package mutating func enroll(_ enrollment: Enrollment) throws(GalleryError) -> EnrollmentResult {
    try validate(enrollment)
    let connection = self.connection
    let limits = self.limits
    let now = self.now
    let known = try numberIfAny(of: enrollment.subject)
    let knownModel = try modelNumber(of: enrollment)
    let before = if let known, let knownModel { try templateCount(of: known, model: knownModel) } else { 0 }
    return try atomically { (effects) throws(GalleryError) in
      let model = if let knownModel { knownModel } else { try ModelTable(connection: connection).add(enrollment.model) }
      let subject = try Self.upsertSubject(enrollment, known: known, connection, now: now, &effects)
      effects.touched.insert(subject)
      var added: [Int64] = []
      var alreadyEnrolled: [Int] = []
      for (index, template) in enrollment.templates.enumerated() {
        try connection.run(
          """
          INSERT OR IGNORE INTO templates
            (subject, model, embedding, quality, source_sha256, source_region, created)
            VALUES (?, ?, ?, ?, ?, ?, ?)
          """, .integer(subject), .integer(model), .blob(EmbeddingCoding.encode(template.embedding)),
          .real(template.quality), .text(template.source?.sha256), .text(template.source?.region ?? ""), .integer(now))
        guard connection.changedRows == 1 else {
          alreadyEnrolled.append(index)
          continue
        }
        let id = connection.lastInsertedID
        added.append(id)
        if let crop = template.crop {
          try connection.run(
            "INSERT INTO crops (template, image, geometry) VALUES (?, ?, ?)", .integer(id), .blob(crop.image),
            .blob(crop.geometry?.encoded))
        }
      }
      let total = before + added.count
      guard total <= limits.templatesPerSubject else {
        throw GalleryError(
          .badValue,
          "A subject may have \(limits.templatesPerSubject) templates of a model, and this would make \(total).",
          subject: enrollment.subject)
      }
      return EnrollmentResult(
        subject: enrollment.subject, created: known == nil, added: added, alreadyEnrolled: alreadyEnrolled,
        templates: total)
    }
  }

  private func validate(_ enrollment: Enrollment) throws(GalleryError) {
    try TextRules.subjectID.check(enrollment.subject)
    if let name = enrollment.name { try TextRules.name.check(name) }
    if let metadata = enrollment.metadata { try checkMetadata(metadata) }
    try enrollment.model.validate()
    for (index, template) in enrollment.templates.enumerated() {
      try validate(template, at: index, dimension: enrollment.model.dimension)
    }
  }

  private func validate(_ template: NewTemplate, at index: Int, dimension: Int) throws(GalleryError) {
    guard template.embedding.count == dimension else {
      throw GalleryError(
        .badValue, "Template \(index) has \(template.embedding.count) numbers; its model makes \(dimension).")
    }
    var copy = template.embedding
    guard copy.withUnsafeMutableBufferPointer({ EmbeddingCoding.normalize($0) }) else {
      throw GalleryError(.badValue, "Template \(index) is not a direction: it is all zero or not finite.")
    }
    guard (0...1).contains(template.quality) else {
      throw GalleryError(.badValue, "The quality of template \(index) must be 0 to 1.")
    }
    if let source = template.source {
      guard TextRules.isSHA256(source.sha256) else {
        throw GalleryError(.badValue, "The source of template \(index) must be 64 lower-case hexadecimal digits.")
      }
      try TextRules.region.check(source.region)
    }
    if let crop = template.crop {
      guard (1...limits.cropBytes).contains(crop.image.count) else {
        throw GalleryError(
          .badValue, "The crop of template \(index) must have 1 to \(limits.cropBytes) bytes, not \(crop.image.count).")
      }
    }
  }

  /// SQLite's own parser judges the JSON; it bounds the depth.
  func checkMetadata(_ metadata: String) throws(GalleryError) {
    guard metadata.utf8.count <= TextRules.maxMetadataBytes, !metadata.utf8.contains(0) else {
      throw GalleryError(
        .badValue, "A subject's metadata must have at most \(TextRules.maxMetadataBytes) bytes as JSON.")
    }
    let isObject = try connection.first(
      "SELECT CASE WHEN json_valid(?1) THEN json_type(?1) = 'object' ELSE 0 END", .text(metadata)
    ) { $0.integer(0) == 1 }
    guard isObject == true else {
      throw GalleryError(.badValue, "A subject's metadata must be a JSON object.")
    }
  }

  /// The model's row if there is one; throws when the gallery may not take its templates.
  private func modelNumber(of enrollment: Enrollment) throws(GalleryError) -> Int64? {
    let model = enrollment.model
    let table = ModelTable(connection: connection)
    let known = try table.number(of: model)
    if !enrollment.allowsNewModel, try !table.hasTemplates(model: known), try table.hasTemplates() {
      throw try table.mismatch(with: model)
    }
    return known
  }

  private static func upsertSubject(
    _ enrollment: Enrollment, known: Int64?, _ connection: SQLiteConnection, now: Timestamp, _ effects: inout Effects
  ) throws(GalleryError) -> Int64 {
    guard let known else {
      try connection.run(
        "INSERT INTO subjects (id, name, metadata, created, updated) VALUES (?, ?, ?, ?, ?)",
        .text(enrollment.subject), .text(enrollment.name), .text(enrollment.metadata), .integer(now), .integer(now))
      return connection.lastInsertedID
    }
    if let name = enrollment.name {
      try connection.run(
        "UPDATE subjects SET name = ?1 WHERE number = ?2 AND name IS NOT ?1", .text(name), .integer(known))
      if connection.changedRows > 0 { effects.rewritten = true }
    }
    if let metadata = enrollment.metadata {
      try connection.run("UPDATE subjects SET metadata = ? WHERE number = ?", .text(metadata), .integer(known))
    }
    try connection.run("UPDATE subjects SET updated = ? WHERE number = ?", .integer(now), .integer(known))
    return known
  }
}
