extension WriteTransaction {
  /// Heads before the one in use that can be gone back to, of each model.
  package static var keptHeads: Int { 8 }

  /// Makes a head, whose file is on the disk, the one in use for its model. Subjects that are gone must not be among its slots.
  ///
  /// Returns the heads that were dropped: their files have no use any more.
  ///
  /// - Throws: `badValue`, `subjectNotFound` when a slot's subject is gone, `storageFailed`.
  package mutating func activateHead(_ head: HeadRecord) throws(GalleryError) -> [HeadRecord] {
    guard TextRules.isSHA256(head.sha256), TextRules.isSHA256(head.modelSHA256), Self.isHeadID(head.id) else {
      throw GalleryError(.badValue, "A head needs an id of hexadecimal digits and two SHA-256.")
    }
    guard try missingSubjects(of: head.slots).isEmpty else {
      throw GalleryError(.subjectNotFound, "A subject of the head is no longer in the gallery.")
    }
    let (connection, now) = (connection, now)
    return try atomically { (_) throws(GalleryError) in
      try HeadTable(connection: connection).activate(head, keeping: Self.keptHeads, now: now)
    }
  }

  /// Drops the head in use for a model and goes back to the one before it; `nil` when none is in use.
  package mutating func rollBackHead(model sha256: String) throws(GalleryError) -> HeadRollback? {
    let connection = connection
    return try atomically { (_) throws(GalleryError) in
      try HeadTable(connection: connection).rollBack(model: sha256)
    }
  }

  /// The heads that know a subject.
  ///
  /// - Throws: `subjectNotFound`, `storageFailed`.
  package func heads(knowing subject: String) throws(GalleryError) -> [HeadRecord] {
    try HeadTable(connection: connection).knowing(try number(of: subject))
  }

  /// Notes the new file and slots of a head.
  package mutating func replaceHead(_ head: HeadRecord) throws(GalleryError) {
    let connection = connection
    try atomically { (_) throws(GalleryError) in try HeadTable(connection: connection).replace(head) }
  }

  /// Forgets a head whose file cannot be used; where it was in use, the one before it is.
  package mutating func dropHead(_ id: String) throws(GalleryError) {
    let connection = connection
    try atomically { (_) throws(GalleryError) in try HeadTable(connection: connection).drop(id) }
  }

  /// The number of a subject, as heads know it.
  ///
  /// - Throws: `subjectNotFound`, `storageFailed`.
  package func subjectNumber(_ subject: String) throws(GalleryError) -> Int64 { try number(of: subject) }

  /// Those of some subjects, by number, that the gallery does not have.
  package func missingSubjects(of numbers: [Int64]) throws(GalleryError) -> [Int64] {
    try SubjectTable(connection: connection).missing(of: numbers)
  }

  /// Templates of other models that have a kept crop and no counterpart of `model`, as this write sees it.
  package func rebuildable(for model: ModelIdentity) throws(GalleryError) -> [RebuildableTemplate] {
    try SQLiteGallery.rebuildable(for: model, after: 0, limit: -1, connection)
  }

  private static func isHeadID(_ id: String) -> Bool {
    (1...64).contains(id.utf8.count) && id.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}

extension SubjectTable {
  /// Those of some numbers that no subject has.
  func missing(of numbers: [Int64]) throws(GalleryError) -> [Int64] {
    var missing: [Int64] = []
    for number in numbers {
      let isThere = try connection.first("SELECT 1 FROM subjects WHERE number = ?", .integer(number)) { _ in true }
      if isThere != true { missing.append(number) }
    }
    return missing
  }
}
