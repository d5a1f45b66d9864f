/// The tables of a gallery and the steps from one version to the next.
enum Schema {
  /// Marks our files among SQLite databases: "FacG".
  static let applicationID: Int64 = 0x4661_6347
  /// What this program writes; a file with a later version is refused.
  static let version: Int64 = 5

  /// Creates the tables in an empty database, brings those of an earlier version up to date, checks them in any other.
  ///
  /// This runs before the journal is switched to WAL, so that the marks are in the file itself from its first commit.
  static func prepare(_ connection: SQLiteConnection) throws(GalleryError) {
    if try state(of: connection) == .current { return }
    try connection.run("BEGIN IMMEDIATE")
    do {
      // Another process may have made the tables while this one waited for the lock.
      let state = try state(of: connection)
      if state != .current {
        switch state {
        case .empty: try connection.execute(script: tables)
        case .older(let found): for step in steps.dropFirst(found - 1) { try connection.execute(script: step) }
        case .current: break
        }
        try connection.execute(script: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version);")
      }
      try connection.run("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.run("ROLLBACK") }
      throw error
    }
  }

  private enum State: Equatable {
    case empty
    /// An earlier version, 1 or above.
    case older(Int)
    case current
  }

  /// What is in the file; throws when it belongs to another program or a later version.
  private static func state(of connection: SQLiteConnection) throws(GalleryError) -> State {
    let application = try pragma("application_id", connection)
    let found = try pragma("user_version", connection)
    if application == applicationID {
      guard found <= version else {
        throw GalleryError(
          .storageFailed,
          "The gallery was written by a later program (format \(found), this one knows \(version)); "
            + "update this program.")
      }
      guard found >= 1 else {
        throw GalleryError(.corrupt, "The gallery's format \(found) never existed; restore it from a backup.")
      }
      return found == version ? .current : .older(Int(found))
    }
    let tableCount = try connection.first("SELECT count(*) FROM sqlite_schema") { $0.integer(0) } ?? 0
    guard application == 0, found == 0, tableCount == 0 else {
      throw GalleryError(
        .storageFailed, "The file is a database of another program, not a gallery. It was left as it is.")
    }
    return .empty
  }

  private static func pragma(_ name: String, _ connection: SQLiteConnection) throws(GalleryError) -> Int64 {
    try connection.first("PRAGMA \(name)") { $0.integer(0) } ?? 0
  }

  /// From version 1 to 2, from 2 to 3, and so on.
  private static let steps = [
    // Version 1 did not count removals; whether it had any is unknown, so the file is swept once.
    """
    ALTER TABLE meta ADD COLUMN erasures INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE meta ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;
    UPDATE meta SET erasures = 1;
    """,
    // Version 2 kept the recognizer's own crop, so its crops have no geometry.
    """
    ALTER TABLE crops ADD COLUMN geometry BLOB;
    \(calibrationTable)
    """,
    // Version 3 knew no trained heads.
    headTables,
    // Version 4 knew no vector files.
    vectorFileTable,
  ]

  private static let calibrationTable = """
    CREATE TABLE calibrations (
      model_sha256 TEXT PRIMARY KEY,
      record TEXT NOT NULL,
      created INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

  private static let vectorFileTable = """
    CREATE TABLE vector_files (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      token BLOB NOT NULL UNIQUE,
      model_sha256 TEXT NOT NULL
    ) STRICT;
    """

  private static let headTables = """
    CREATE TABLE heads (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      model_sha256 TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
      report TEXT NOT NULL,
      created INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX heads_active ON heads (model_sha256) WHERE is_active = 1;
    CREATE TABLE head_slots (
      head INTEGER NOT NULL REFERENCES heads (number) ON DELETE CASCADE,
      subject INTEGER NOT NULL REFERENCES subjects (number),
      PRIMARY KEY (head, subject)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX head_slots_by_subject ON head_slots (subject);
    """

  /// Rows point at subjects and models by number, so that a rename touches one row and an id is stored once.
  ///
  /// - `meta.generation` counts committed writes; `meta.rewrites` counts those that did more than append templates.
  /// - `meta.erasures` counts removals; those above `meta.swept` may have left copies in unused parts of pages.
  /// - Numbers are never used twice (AUTOINCREMENT): a snapshot may ask for all templates above the last it saw.
  /// - `crops.geometry` says where the face lies in the picture (see ``CropGeometry``). NULL: the crop was kept by a
  ///   program of version 1 or 2 and is the one that the template's model aligned for itself; that model's manifest
  ///   tells where the face is. A template that was made from a kept crop has none of its own: the crop stays with the
  ///   template it was kept for, and moves on when that one is dropped.
  /// - `calibrations.record` is what `calibrate` measured with one model on this collection, as JSON; it holds counts
  ///   and scores, nothing of a subject.
  /// - `heads` are what `train` made; the weights are files named by `id` and `sha256`. Of a model at most one is active, and
  ///   of the others the one with the highest number was in use before it. `head_slots` are the subjects a head knows.
  /// - `vector_files.token` is what a ``VectorFile`` was marked with. A database that has the token descends from the one that the
  /// file was made from, so that a template's id stands for the same embedding in both; one restored from an older backup
  /// does not have it.
  /// - `keys.digest` is the SHA-256 of the key, since people put ids into keys; `response` is NULL once erased.
  private static let tables = """
    CREATE TABLE meta (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      generation INTEGER NOT NULL,
      rewrites INTEGER NOT NULL,
      erasures INTEGER NOT NULL,
      swept INTEGER NOT NULL
    ) STRICT;
    INSERT INTO meta VALUES (1, 0, 0, 0, 0);
    CREATE TABLE subjects (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      name TEXT,
      metadata TEXT,
      created INTEGER NOT NULL,
      updated INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE models (
      number INTEGER PRIMARY KEY,
      sha256 TEXT NOT NULL UNIQUE,
      id TEXT NOT NULL,
      dimension INTEGER NOT NULL CHECK (dimension > 0)
    ) STRICT;
    CREATE TABLE templates (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      subject INTEGER NOT NULL REFERENCES subjects (number),
      model INTEGER NOT NULL REFERENCES models (number),
      embedding BLOB NOT NULL,
      quality REAL NOT NULL,
      source_sha256 TEXT,
      source_region TEXT NOT NULL,
      created INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX templates_by_subject ON templates (subject, model);
    CREATE INDEX templates_by_model ON templates (model);
    CREATE UNIQUE INDEX templates_by_source ON templates (source_sha256, source_region, subject, model)
      WHERE source_sha256 IS NOT NULL;
    CREATE TABLE crops (
      template INTEGER PRIMARY KEY REFERENCES templates (id) ON DELETE CASCADE,
      image BLOB NOT NULL,
      geometry BLOB
    ) STRICT;
    \(calibrationTable)
    \(headTables)
    \(vectorFileTable)
    CREATE TABLE keys (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      digest BLOB NOT NULL UNIQUE,
      method TEXT NOT NULL,
      fingerprint BLOB NOT NULL,
      response BLOB,
      erasing INTEGER NOT NULL,
      created INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX keys_by_created ON keys (created);
    CREATE TABLE key_subjects (
      key INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
      subject INTEGER NOT NULL REFERENCES subjects (number),
      PRIMARY KEY (key, subject)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX key_subjects_by_subject ON key_subjects (subject);
    """
}
