extension SQLiteGallery {
  /// How many subjects one page may hold.
  package static let maxPage = 1000

  /// Subjects by id, `limit` (1 to ``maxPage``) at a time, those after `after`.
  ///
  /// - Throws: `badValue`, `storageFailed`, `corrupt`.
  package func subjects(after: String? = nil, limit: Int = 100) throws(GalleryError) -> SubjectPage {
    guard (1...Self.maxPage).contains(limit) else {
      throw GalleryError(.badValue, "A page of subjects must have 1 to \(Self.maxPage), not \(limit).")
    }
    return try read { (connection, _) throws(GalleryError) in
      try SubjectTable(connection: connection).page(after: after, limit: limit)
    }
  }

  /// One subject with its templates.
  ///
  /// - Throws: `subjectNotFound`, `badValue`, `storageFailed`, `corrupt`.
  package func subject(_ id: String) throws(GalleryError) -> SubjectDetail {
    try TextRules.subjectID.check(id)
    let detail = try read { (connection, _) throws(GalleryError) in
      try SubjectTable(connection: connection).detail(of: id)
    }
    guard let detail else { throw .notFound(id) }
    return detail
  }

  /// How many subjects and templates there are, by model.
  package func counts() throws(GalleryError) -> GalleryCounts {
    try read { (connection, _) throws(GalleryError) in try SubjectTable(connection: connection).counts() }
  }

  /// The number of writes the gallery has seen, from every process.
  package func generation() throws(GalleryError) -> Int {
    try read { (connection, _) throws(GalleryError) in try ChangeCounters(connection).generation }
  }

  /// The kept crop of a template as an encoded image, or `nil` when none was kept or the template is gone.
  package func crop(ofTemplate id: Int64) throws(GalleryError) -> [UInt8]? {
    try read { (connection, _) throws(GalleryError) in
      try connection.first("SELECT image FROM crops WHERE template = ?", .integer(id)) { $0.blob(0) } ?? nil
    }
  }

  /// The kept crop of a template with its geometry, or `nil` when none was kept or the template is gone.
  package func keptCrop(ofTemplate id: Int64) throws(GalleryError) -> KeptCrop? {
    try read { (connection, _) throws(GalleryError) in
      try connection.first("SELECT image, geometry FROM crops WHERE template = ?", .integer(id)) { row in
        KeptCrop(image: row.blob(0) ?? [], geometry: row.isNull(1) ? nil : row.withBlob(1, CropGeometry.init(encoded:)))
      }
    }
  }

  /// The answer stored with a key, `nil` when the key is new: lets a caller skip the work a repeat would throw away.
  ///
  /// - Throws: as ``write(key:_:)`` does for a key.
  package func answer(to key: IdempotencyKey) throws(GalleryError) -> (response: [UInt8], generation: Int)? {
    try key.validate()
    return try read { (connection, _) throws(GalleryError) in
      guard let stored = try KeyTable(connection: connection, limits: limits).answer(to: key) else { return nil }
      return (stored.response, try ChangeCounters(connection).generation)
    }
  }
}
