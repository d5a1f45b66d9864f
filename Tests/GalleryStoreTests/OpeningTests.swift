import CSQLite
import Foundation
import Testing

@testable import GalleryStore

@Suite struct OpeningTests {
  @Test func foldersAndFilesArePrivate() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/new/deeper/faces.sqlite"
    let gallery = try SQLiteGallery(path: path)
    try gallery.enroll("anna", [[1, 0, 0, 0, 0, 0, 0, 0]], model: model())
    #expect(try mode(folder.path + "/new") == 0o700)
    #expect(try mode(folder.path + "/new/deeper") == 0o700)
    for file in [path, path + "-wal", path + "-shm"] {
      #expect(try mode(file) == 0o600, "\(file)")
    }
  }

  @Test func anOpenFileIsMadePrivate() throws {
    let folder = try TemporaryFolder()
    do { _ = try SQLiteGallery(path: folder.gallery) }
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.gallery)
    _ = try SQLiteGallery(path: folder.gallery)
    #expect(try mode(folder.gallery) == 0o600)
  }

  @Test func contentSurvivesReopening() throws {
    let folder = try TemporaryFolder()
    do {
      let gallery = try SQLiteGallery(path: folder.gallery)
      try gallery.enroll("anna", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model(), name: "Anna")
    }
    let gallery = try SQLiteGallery(path: folder.gallery)
    #expect(try gallery.subject("anna").summary.name == "Anna")
    #expect(try gallery.generation() == 1)
    #expect(try gallery.integrityCheck() == [])
  }

  @Test func durabilityIsFull() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try gallery.enroll("anna", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model())
    _ = try gallery.write { transaction in
      let pragmas = ["synchronous", "secure_delete", "foreign_keys", "trusted_schema"]
      let values = try pragmas.map { name in
        try transaction.connection.first("PRAGMA \(name)") { $0.int(0) } ?? -1
      }
      #expect(values == [2, 1, 1, 0])
      #expect(try transaction.connection.first("PRAGMA journal_mode") { $0.text(0) } == "wal")
      return (0, [])
    }
  }

  @Test func aLaterFormatIsRefused() throws {
    let folder = try TemporaryFolder()
    do { _ = try SQLiteGallery(path: folder.gallery) }
    try run("PRAGMA user_version = 99", on: folder.gallery)
    let error = expectError(.storageFailed) { try SQLiteGallery(path: folder.gallery) }
    #expect(error?.message.contains("later program") == true)
  }

  /// What versions 1 to 4 wrote, made by taking away what later ones added.
  @Test(arguments: [1, 2, 3, 4]) func anEarlierFormatIsBroughtUpToDate(version: Int) throws {
    let folder = try TemporaryFolder()
    do {
      let gallery = try SQLiteGallery(path: folder.gallery)
      try gallery.enroll("anna", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model(), sources: [source(1)], crop: [7, 7])
    }
    try run("DROP TABLE vector_files", on: folder.gallery)
    if version < 4 { try run("DROP TABLE head_slots; DROP TABLE heads", on: folder.gallery) }
    if version < 3 { try run("ALTER TABLE crops DROP COLUMN geometry; DROP TABLE calibrations", on: folder.gallery) }
    if version == 1 {
      try run("ALTER TABLE meta DROP COLUMN erasures; ALTER TABLE meta DROP COLUMN swept", on: folder.gallery)
    }
    try run("PRAGMA user_version = \(version)", on: folder.gallery)
    let gallery = try SQLiteGallery(path: folder.gallery)
    #expect(try gallery.integrityCheck() == [])
    #expect(try gallery.generation() == 1)
    // The old crop has no geometry: its model's manifest says where the face is.
    #expect(try gallery.keptCrop(ofTemplate: 1) == KeptCrop(image: [7, 7], geometry: nil))
    let new = model(4, letter: "b")
    #expect(try gallery.rebuildable(for: new, limit: 9) == [RebuildableTemplate(id: 1, model: model())])
    let crop = KeptCrop(image: [9], geometry: KeptCropTests.geometry)
    _ = try gallery.write { transaction in
      try transaction.setCalibration("{}", model: new)
      let template = NewTemplate(embedding: [1, 0, 0, 0, 0, 0, 0, 0], quality: 1, crop: crop)
      return (try transaction.enroll(Enrollment(subject: "bob", model: model(), templates: [template])), [])
    }
    #expect(try gallery.keptCrop(ofTemplate: 2) == crop)
    #expect(try gallery.calibration(of: new) == "{}")
    _ = try gallery.write { transaction in (try transaction.activateHead(HeadTests.head(1, [1, 2])), []) }
    #expect(try gallery.activeHead(model: HeadTests.model.sha256).head?.slots == [1, 2])
    #expect(try gallery.remove("anna").walTruncated == true)
    _ = try SQLiteGallery(path: folder.gallery)
  }

  @Test(arguments: ["this is not a database, by far", "x", String(repeating: "noise ", count: 4000)])
  func anotherFileIsLeftAsItIs(_ text: String) throws {
    let folder = try TemporaryFolder()
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.gallery))
    expectError(.storageFailed) { try SQLiteGallery(path: folder.gallery) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.gallery)) == Data(text.utf8))
  }

  @Test func anotherProgramsDatabaseIsLeftAsItIs() throws {
    let folder = try TemporaryFolder()
    _ = FileManager.default.createFile(atPath: folder.gallery, contents: nil)
    try run("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')", on: folder.gallery)
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.gallery))
    let error = expectError(.storageFailed) { try SQLiteGallery(path: folder.gallery) }
    #expect(error?.message.contains("another program") == true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.gallery)) == before)
  }

  @Test func placesThatCannotHoldAGalleryAreRefused() throws {
    let folder = try TemporaryFolder()
    try Data("file".utf8).write(to: URL(fileURLWithPath: folder.path + "/file"))
    expectError(.storageFailed) { try SQLiteGallery(path: folder.path + "/file/faces.sqlite") }
    expectError(.storageFailed) { try SQLiteGallery(path: folder.path) }
    expectError(.storageFailed) { try SQLiteGallery(path: "/proc/no/such/place/faces.sqlite") }
    expectError(.badValue) { try SQLiteGallery(path: "") }
    expectError(.badValue) { try SQLiteGallery(path: folder.path + "/a\0b") }
  }

  @Test func anEmptyFileBecomesAGallery() throws {
    let folder = try TemporaryFolder()
    _ = FileManager.default.createFile(atPath: folder.gallery, contents: nil)
    let gallery = try SQLiteGallery(path: folder.gallery)
    #expect(try gallery.generation() == 0)
  }

  @Test func damageIsReported() throws {
    let folder = try TemporaryFolder()
    do {
      let gallery = try SQLiteGallery(path: folder.gallery)
      var random = SeededGenerator(seed: 1)
      for index in 0..<50 {
        try gallery.enroll("s\(index)", (0..<4).map { _ in random.direction(128) }, model: model(128))
      }
    }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.gallery))
    let pages = bytes.count / 8192
    for page in stride(from: 2, to: pages, by: 1) {
      bytes.replaceSubrange(page * 8192..<page * 8192 + 64, with: Data(repeating: 0xEE, count: 64))
    }
    try bytes.write(to: URL(fileURLWithPath: folder.gallery))
    do {
      let gallery = try SQLiteGallery(path: folder.gallery)
      #expect(try !gallery.integrityCheck().isEmpty)
    } catch {
      #expect(error.code == .corrupt, "\(error)")
    }
  }

  @Test func ownInvariantsAreChecked() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try gallery.enroll("anna", [[1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]], model: model())
    #expect(try gallery.integrityCheck() == [])
    try run(
      """
      PRAGMA foreign_keys = OFF;
      UPDATE templates SET embedding = x'0000' WHERE id = 1;
      UPDATE templates SET quality = 7 WHERE id = 2;
      INSERT INTO crops VALUES (77, x'01', NULL);
      UPDATE meta SET generation = generation + 1;
      """, on: folder.gallery)
    let faults = try gallery.integrityCheck()
    #expect(faults.count == 3, "\(faults)")
    expectError(.corrupt) { try gallery.index(for: model()) }
  }

  @Test func twoOpenAtOnce() throws {
    for _ in 0..<10 {
      let folder = try TemporaryFolder()
      inParallel(4) { index in
        do {
          let gallery = try SQLiteGallery(path: folder.gallery)
          try gallery.enroll("s\(index)", [[1, 0, 0, 0, 0, 0, 0, 0]], model: model())
        } catch {
          Issue.record(error)
        }
      }
      let gallery = try SQLiteGallery(path: folder.gallery)
      #expect(try gallery.counts().subjects == 4)
    }
  }

  private func run(_ sql: String, on path: String) throws {
    let connection = try SQLiteConnection(path: path, readOnly: false, busyTimeoutMilliseconds: 1000)
    try connection.execute(script: sql)
  }
}
