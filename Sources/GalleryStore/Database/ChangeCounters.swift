/// The two counters that say whether a snapshot is still true, across processes.
struct ChangeCounters: Equatable {
  /// Rises by one with every committed write.
  let generation: Int
  /// Rises with writes that did more than append templates.
  let rewrites: Int

  /// Reads them; microseconds.
  init(_ connection: SQLiteConnection) throws(GalleryError) {
    let row = try connection.first("SELECT generation, rewrites FROM meta") { ($0.int(0), $0.int(1)) }
    guard let row else {
      throw GalleryError(.corrupt, "The gallery has lost its generation; restore it from a backup.")
    }
    (generation, rewrites) = row
  }

  /// Counts one write; inside its transaction.
  static func advance(_ connection: SQLiteConnection, rewritten: Bool) throws(GalleryError) -> Int {
    try connection.run(
      "UPDATE meta SET generation = generation + 1, rewrites = rewrites + ?", .integer(rewritten ? 1 : 0))
    return try ChangeCounters(connection).generation
  }
}
