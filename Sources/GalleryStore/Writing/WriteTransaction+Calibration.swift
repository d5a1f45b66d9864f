extension WriteTransaction {
  /// How long a stored calibration may be, as JSON text.
  private static let maxCalibrationBytes = 64 * 1024

  /// Stores what was measured with a model on this collection, a JSON object, in place of what was stored before.
  ///
  /// Takes effect with the next generation, here and in other processes.
  ///
  /// - Throws: `badValue`, `storageFailed`.
  package mutating func setCalibration(_ record: String, model: ModelIdentity) throws(GalleryError) {
    try model.validate()
    let connection = self.connection
    let now = self.now
    let isObject = try connection.first(
      "SELECT CASE WHEN json_valid(?1) THEN json_type(?1) = 'object' ELSE 0 END", .text(record)
    ) { $0.integer(0) == 1 }
    guard isObject == true, record.utf8.count <= Self.maxCalibrationBytes, !record.utf8.contains(0) else {
      throw GalleryError(.badValue, "A calibration must be a JSON object of at most \(Self.maxCalibrationBytes) bytes.")
    }
    try atomically { (_) throws(GalleryError) in
      try connection.run(
        "INSERT OR REPLACE INTO calibrations (model_sha256, record, created) VALUES (?, ?, ?)", .text(model.sha256),
        .text(record), .integer(now))
    }
  }

  /// Forgets the calibration of a model; `false` when there was none.
  package mutating func removeCalibration(model: ModelIdentity) throws(GalleryError) -> Bool {
    let connection = self.connection
    return try atomically { (_) throws(GalleryError) in
      try connection.run("DELETE FROM calibrations WHERE model_sha256 = ?", .text(model.sha256))
      return connection.changedRows > 0
    }
  }
}
