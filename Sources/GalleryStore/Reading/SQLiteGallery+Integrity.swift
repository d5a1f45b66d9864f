extension SQLiteGallery {
  /// Examines the whole file: SQLite's own check, references between tables, and what only the gallery knows.
  ///
  /// Returns a sentence per fault, at most about a hundred of a kind, none naming a subject; none means sound.
  ///
  /// - Throws: `storageFailed`, `corrupt` when the file cannot even be read that far.
  package func integrityCheck() throws(GalleryError) -> [String] {
    try read { (connection, _) throws(GalleryError) in
      var faults = try connection.all("PRAGMA integrity_check") { $0.text(0) ?? "" }.filter { $0 != "ok" }
      faults += try connection.all("PRAGMA foreign_key_check") { row in
        "Row \(row.integer(1)) of \(row.text(0) ?? "?") points at a missing row of \(row.text(2) ?? "?")."
      }.prefix(100)
      faults += try Self.counterFaults(connection)
      faults += try Self.embeddingFaults(connection)
      faults += try Self.subjectFaults(connection)
      faults += try Self.cropFaults(connection)
      return faults
    }
  }

  private static func counterFaults(_ connection: SQLiteConnection) throws(GalleryError) -> [String] {
    let rows = try connection.all("SELECT generation, rewrites, erasures, swept FROM meta") { row in
      (generation: row.integer(0), rewrites: row.integer(1), erasures: row.integer(2), swept: row.integer(3))
    }
    guard let row = rows.first, rows.count == 1 else {
      return ["The table of counters has \(rows.count) rows instead of one."]
    }
    let isSound =
      (0...max(row.generation, 0)).contains(row.rewrites) && (0...max(row.erasures, 0)).contains(row.swept)
    return isSound ? [] : ["The counters contradict each other."]
  }

  private static func embeddingFaults(_ connection: SQLiteConnection) throws(GalleryError) -> [String] {
    var faults: [String] = []
    var values: [Float] = []
    let sql = """
      SELECT t.id, t.embedding, m.dimension, t.quality FROM templates t NOT INDEXED
        JOIN models m ON m.number = t.model ORDER BY t.id
      """
    try connection.forEachRow(sql, []) { (row) throws(GalleryError) in
      let dimension = row.int(2)
      let isSound = row.withBlob(1) { bytes in
        guard (1...ModelIdentity.maxDimension).contains(dimension), bytes.count == dimension * 4 else { return false }
        if values.count != dimension { values = Array(repeating: 0, count: dimension) }
        return values.withUnsafeMutableBufferPointer { values in
          EmbeddingCoding.decode(bytes, into: values)
          return EmbeddingCoding.normalize(values)
        }
      }
      if !isSound { faults.append("The embedding of template \(row.integer(0)) is damaged.") }
      if !(0...1).contains(row.real(3)) { faults.append("The quality of template \(row.integer(0)) is out of range.") }
      return faults.count < 100
    }
    return faults
  }

  private static func cropFaults(_ connection: SQLiteConnection) throws(GalleryError) -> [String] {
    var faults: [String] = []
    try connection.forEachRow("SELECT template, geometry FROM crops WHERE geometry IS NOT NULL", []) {
      (row) throws(GalleryError) in
      if row.withBlob(1, CropGeometry.init(encoded:)) == nil {
        faults.append("The geometry of the crop of template \(row.integer(0)) is damaged.")
      }
      return faults.count < 100
    }
    return faults
  }

  private static func subjectFaults(_ connection: SQLiteConnection) throws(GalleryError) -> [String] {
    var faults: [String] = []
    try connection.forEachRow("SELECT number, id, name, metadata FROM subjects", []) { (row) throws(GalleryError) in
      do throws(GalleryError) {
        try TextRules.subjectID.check(row.text(1) ?? "")
        try TextRules.name.check(row.text(2) ?? "")
      } catch {
        faults.append("Subject number \(row.integer(0)): \(error.message)")
      }
      return faults.count < 100
    }
    return faults
  }
}
