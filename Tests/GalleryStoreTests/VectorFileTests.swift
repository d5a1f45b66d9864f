import Foundation
import Testing

@testable import GalleryStore

/// Vector files change nothing but how fast a start is, whatever happens to them.
@Suite("Vector files")
struct VectorFileTests {
  private let dimension = 16

  private func file(_ folder: TemporaryFolder) -> String {
    VectorFile.path(gallery: folder.gallery, modelSHA256: model(dimension).sha256)
  }

  /// A gallery of some subjects with one to three templates each, and some faces that are nobody's.
  private func fill(_ gallery: SQLiteGallery, _ subjects: Int, seed: UInt64 = 1) throws {
    var random = SeededGenerator(seed: seed)
    for number in 0..<subjects {
      let name = number % 10 == 7 ? ReservedSubject.unknown : "s\(seed)-\(number)"
      let templates = (0..<Int.random(in: 1...3, using: &random)).map { _ in random.direction(dimension).map { $0 * 2 }
      }
      try gallery.enroll(name, templates, model: model(dimension))
    }
  }

  /// What a start finds, and how many vectors it had to read from the database.
  private func load(_ path: String) throws -> (index: GalleryIndex, read: Int) {
    let gallery = try SQLiteGallery(path: path)
    return try gallery.read { (connection, _) throws(GalleryError) in
      guard let number = try ModelTable(connection: connection).number(of: model(dimension)) else {
        return (GalleryIndex(model: model(dimension)), -1)
      }
      let loading = IndexLoading(
        model: model(dimension), number: number, settings: SearchSettings(), connection: connection, path: path)
      return try loading.load(previous: nil)
    }
  }

  /// All that a snapshot holds, without the order of its subjects.
  private func describe(_ index: GalleryIndex) -> [String] {
    index.subjects.indices.map { position in
      let subject = index.subjects[position]
      let rows = subject.rows.map { row in index.templates.withRow(Int(row)) { Array($0) } }
      return "\(subject.number) \(subject.id) \(rows) \(index.withPrototype(position) { Array($0) })"
    }.sorted() + (0..<index.negatives.count).map { row in "\(index.negatives.withRow(row) { Array($0) })" }
  }

  private func withoutFile(_ folder: TemporaryFolder) throws -> [String] {
    let moved = folder.path + "/away"
    try? FileManager.default.moveItem(atPath: file(folder), toPath: moved)
    defer { try? FileManager.default.moveItem(atPath: moved, toPath: file(folder)) }
    return describe(try load(folder.gallery).index)
  }

  @Test func aStartReadsVectorsFromTheFile() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try fill(gallery, 60)
    let total = try gallery.counts().templates
    #expect(try load(folder.gallery).read == total)
    #expect(try gallery.saveVectors(for: model(dimension)))
    #expect(try mode(file(folder)) == 0o600)
    let loaded = try load(folder.gallery)
    #expect(loaded.read == 0)
    #expect(describe(loaded.index) == (try withoutFile(folder)))
    #expect(describe(loaded.index) == describe(try gallery.index(for: model(dimension))))
    // What was added since is read from the database, and nothing else.
    try fill(gallery, 20, seed: 2)
    let grown = try load(folder.gallery)
    #expect(grown.read == (try gallery.counts().templates) - total)
    #expect(describe(grown.index) == (try withoutFile(folder)))
  }

  @Test func changesOfSubjectsAreSeen() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try fill(gallery, 40)
    #expect(try gallery.saveVectors(for: model(dimension)))
    _ = try gallery.write { (try $0.rename("s1-3", to: "other", name: "Other"), []) }
    _ = try gallery.write { (try $0.merge(from: ["s1-4", "s1-5"], into: "s1-6"), []) }
    _ = try gallery.write { (try $0.rename(ReservedSubject.unknown, to: "somebody"), []) }
    try gallery.remove("s1-8")
    try fill(gallery, 3, seed: 9)
    let loaded = try load(folder.gallery)
    #expect(describe(loaded.index) == (try withoutFile(folder)))
    #expect(describe(try gallery.index(for: model(dimension))) == describe(loaded.index))
    #expect(loaded.read < 10)
  }

  /// Every byte of the sections before the vectors, and some of those; every length.
  @Test func damageIsHarmless() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try fill(gallery, 12)
    #expect(try gallery.saveVectors(for: model(dimension)))
    let wanted = try withoutFile(folder)
    let whole = try #require(FileManager.default.contents(atPath: file(folder)))
    let places =
      Array(0..<110) + Array(4096..<4120) + Array(4180..<4400) + Array(8192..<8216) + [
        whole.count - 1, whole.count - 700,
      ]
    for place in places {
      var damaged = whole
      damaged[place] ^= 0x21
      try damaged.write(to: URL(fileURLWithPath: file(folder)))
      #expect(describe(try load(folder.gallery).index) == wanted, "byte \(place)")
    }
    for length in [0, 1, 7, 8, 63, 111, 112, 4095, 4096, 4100, 8192, 12_287, 12_288, whole.count - 1] {
      try whole.prefix(length).write(to: URL(fileURLWithPath: file(folder)))
      #expect(describe(try load(folder.gallery).index) == wanted, "length \(length)")
    }
    try (whole + Data([0])).write(to: URL(fileURLWithPath: file(folder)))
    #expect(describe(try load(folder.gallery).index) == wanted)
    try FileManager.default.removeItem(atPath: file(folder))
    try FileManager.default.createDirectory(atPath: file(folder), withIntermediateDirectories: false)
    #expect(describe(try load(folder.gallery).index) == wanted)
    #expect(try gallery.remove("s1-1").walTruncated != nil)
  }

  @Test func aFileCutShortWhileItIsReadIsHarmless() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try fill(gallery, 30)
    #expect(try gallery.saveVectors(for: model(dimension)))
    let opened = try #require(VectorFile.open(file(folder), model: model(dimension)))
    let handle = try #require(FileHandle(forWritingAtPath: file(folder)))
    try handle.truncate(atOffset: UInt64(opened.file.vectorsOffset + 64))
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: dimension)
    defer { memory.deallocate() }
    #expect(opened.read([(row: 0, to: memory), (row: 3, to: memory)], .serial) == [0, 3])
  }

  @Test func aFileOfAnotherHistoryIsNotTaken() throws {
    let folder = try TemporaryFolder()
    let backup = folder.path + "/backup.sqlite"
    do {
      let gallery = try SQLiteGallery(path: folder.gallery)
      try fill(gallery, 10)
    }
    try FileManager.default.copyItem(atPath: folder.gallery, toPath: backup)
    do {
      let gallery = try SQLiteGallery(path: folder.gallery)
      try fill(gallery, 10, seed: 2)
      #expect(try gallery.saveVectors(for: model(dimension)))
    }
    // The backup takes the gallery's place and grows in another way: the same ids, other faces.
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.gallery + suffix) }
    try FileManager.default.copyItem(atPath: backup, toPath: folder.gallery)
    let gallery = try SQLiteGallery(path: folder.gallery)
    try fill(gallery, 20, seed: 3)
    let loaded = try load(folder.gallery)
    #expect(loaded.read == (try gallery.counts().templates))
    #expect(describe(loaded.index) == (try withoutFile(folder)))
    #expect(try gallery.saveVectors(for: model(dimension)))
    #expect(try load(folder.gallery).read == 0)
  }

  @Test func othersFilesAndLinksAreNotTaken() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try fill(gallery, 10)
    #expect(try gallery.saveVectors(for: model(dimension)))
    #expect(VectorFile.open(file(folder), model: model(dimension)) != nil)
    #expect(VectorFile.open(file(folder), model: model(dimension, letter: "c")) == nil)
    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: file(folder))
    #expect(VectorFile.open(file(folder), model: model(dimension)) == nil)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file(folder))
    try FileManager.default.moveItem(atPath: file(folder), toPath: folder.path + "/elsewhere")
    try FileManager.default.createSymbolicLink(
      atPath: file(folder), withDestinationPath: folder.path + "/elsewhere")
    #expect(VectorFile.open(file(folder), model: model(dimension)) == nil)
  }

  /// Two galleries on one file: each takes what the other wrote, and neither brings back what was removed.
  @Test func galleriesShareTheFile() throws {
    let folder = try TemporaryFolder()
    let one = try SQLiteGallery(path: folder.gallery)
    let other = try SQLiteGallery(path: folder.gallery)
    try fill(one, 30)
    let held = try other.index(for: model(dimension))
    #expect(try one.saveVectors(for: model(dimension)))
    #expect(try other.saveVectors(for: model(dimension)))
    #expect(try load(folder.gallery).read == 0)
    // While another process holds the files, nothing is written, and a removal says that it is not done.
    let lock = try #require(VectorLock.take(gallery: folder.gallery, waitingMilliseconds: 0))
    #expect(try !one.saveVectors(for: model(dimension)))
    var limits = GalleryLimits()
    limits.erasureTimeoutMilliseconds = 20
    let impatient = try SQLiteGallery(path: folder.gallery, limits: limits)
    #expect(try impatient.remove("s1-1").walTruncated == false)
    withExtendedLifetime(lock) {}
    _ = consume lock
    #expect(impatient.finishErasure())
    #expect(held.subjectCount == (try other.index(for: model(dimension)).subjectCount) + 1)
    #expect(describe(try load(folder.gallery).index) == (try withoutFile(folder)))
  }

  @Test func aLargeGalleryWritesItByItself() throws {
    let folder = try TemporaryFolder()
    var limits = GalleryLimits()
    limits.vectorFileRows = 40
    let gallery = try SQLiteGallery(path: folder.gallery, limits: limits)
    try fill(gallery, 15)
    _ = try gallery.index(for: model(dimension))
    #expect(VectorDescriptor.files(ofGallery: folder.gallery) == [])
    try fill(gallery, 30, seed: 2)
    _ = try gallery.index(for: model(dimension))
    let deadline = Date(timeIntervalSinceNow: 60)
    while VectorFile.open(file(folder), model: model(dimension)) == nil, Date() < deadline { usleep(2000) }
    #expect(try load(folder.gallery).read == 0)
  }
}
