import Foundation
import Testing

@testable import GalleryStore

@Suite struct ErasureTests {
  /// Whether a file holds a run of bytes; a missing file holds none.
  private func file(_ path: String, holds needle: [UInt8]) -> Bool {
    guard let data = FileManager.default.contents(atPath: path) else { return false }
    return data.range(of: Data(needle)) != nil
  }

  private func traces(of needles: [String: [UInt8]], in path: String) -> [String] {
    var found: [String] = []
    // Whatever files there are beside it, under whatever names.
    let folder = (path as NSString).deletingLastPathComponent
    let name = (path as NSString).lastPathComponent
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for file in names.filter({ $0.hasPrefix(name) }).map({ folder + "/" + $0 }) {
      for (what, needle) in needles where self.file(file, holds: needle) {
        found.append("\(what) in \(file.split(separator: "/").last ?? "")")
      }
    }
    return found.sorted()
  }

  @Test func nothingOfASubjectIsLeftInTheFiles() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    var random = SeededGenerator(seed: 11)
    let embeddings = (0..<30).map { _ in random.direction(128) }
    let crop = (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    for index in 0..<20 { try gallery.enroll("other-\(index)", [random.direction(128)], model: model(128)) }
    try gallery.enroll(
      "mallory-1984", embeddings, model: model(128), name: "Mallory Quintana", metadata: #"{"badge":"zx-spectrum"}"#,
      crop: crop, key: IdempotencyKey("enroll-mallory-1984"))
    _ = try gallery.write(key: IdempotencyKey("rename", method: "subjects.rename")) { transaction in
      (try transaction.rename("mallory-1984", to: "trudy-2001"), Array("mallory-1984 is trudy-2001".utf8))
    }
    var needles: [String: [UInt8]] = [
      "id": Array("mallory-1984".utf8), "new id": Array("trudy-2001".utf8), "name": Array("Mallory Quintana".utf8),
      "metadata": Array("zx-spectrum".utf8), "crop": Array(crop[5000..<5016]), "crop end": Array(crop.suffix(16)),
    ]
    for (index, embedding) in embeddings.enumerated() {
      needles["embedding \(index)"] = Array(EmbeddingCoding.encode(embedding)[64..<96])
      var normalized = embedding
      _ = normalized.withUnsafeMutableBufferPointer { EmbeddingCoding.normalize($0) }
      needles["vector \(index)"] = Array(EmbeddingCoding.encode(normalized)[64..<96])
    }
    #expect(try gallery.saveVectors(for: model(128)))
    // What an interrupted write of such a file leaves.
    let vectors = VectorFile.path(gallery: folder.gallery, modelSHA256: model(128).sha256)
    try FileManager.default.copyItem(atPath: vectors, toPath: vectors + VectorFile.temporarySuffix)
    // The search itself must be able to find them.
    #expect(traces(of: needles, in: folder.gallery).count >= needles.count)

    let outcome = try gallery.remove("trudy-2001", key: IdempotencyKey("remove", method: "subjects.remove"))
    #expect(outcome.result == RemovalReceipt(templates: 30, crops: 30, answers: 2))
    #expect(outcome.walTruncated == true)
    #expect(traces(of: needles, in: folder.gallery) == [])
    #expect(try gallery.integrityCheck() == [])
    #expect(try gallery.counts().templates == 20)
    // The others' vectors are still there, and still right.
    let opened = try #require(VectorFile.open(vectors, model: model(128)))
    #expect(opened.file.ids.count == 50)
    #expect(try SQLiteGallery(path: folder.gallery).index(for: model(128)).templateCount == 20)
  }

  @Test func vectorFilesOfModelsThatAreGoneGoWithThem() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try gallery.enroll("mallory-1984", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model())
    #expect(try gallery.saveVectors(for: model()))
    #expect(VectorDescriptor.files(ofGallery: folder.gallery).count == 1)
    #expect(try gallery.remove("mallory-1984").walTruncated == true)
    #expect(VectorDescriptor.files(ofGallery: folder.gallery) == [])
  }

  /// Pages split and merge in many ways; with these seeds secure_delete alone left copies in unused parts of pages.
  @Test(arguments: [2, 4, 52]) func nothingIsLeftAfterAnyHistory(seed: Int) throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    var random = SeededGenerator(seed: UInt64(seed))
    var alive: [String: [[UInt8]]] = [:]
    var erased: [String: [UInt8]] = [:]
    for step in 0..<400 {
      let dice = Int.random(in: 0..<10, using: &random)
      if dice < 6 || alive.isEmpty {
        let padding = String(repeating: "p", count: Int.random(in: 0...150, using: &random))
        let id = "subject-\(random.next())-\(padding)-end"
        let embeddings = (0..<Int.random(in: 1...12, using: &random)).map { _ in random.direction(64) }
        try gallery.enroll(
          id, embeddings, model: model(64), name: "name of \(id)", key: IdempotencyKey("key \(step) \(id)"))
        alive[id] = embeddings.map { Array(EmbeddingCoding.encode($0)[32..<56]) }
      } else if dice < 8, let id = alive.keys.sorted().randomElement(using: &random) {
        let newID = "renamed-\(random.next())"
        _ = try gallery.write(key: IdempotencyKey("key \(step)", method: "subjects.rename")) { transaction in
          (try transaction.rename(id, to: newID), Array("\(id) -> \(newID)".utf8))
        }
        alive[newID] = (alive.removeValue(forKey: id) ?? []) + [Array(id.utf8)]
      } else if let id = alive.keys.sorted().randomElement(using: &random) {
        #expect(try gallery.remove(id).walTruncated == true)
        var own = [id: Array(id.utf8)]
        for (index, trace) in (alive.removeValue(forKey: id) ?? []).enumerated() { own["\(id) \(index)"] = trace }
        #expect(traces(of: own, in: folder.gallery) == [])
        erased.merge(own) { $1 }
      }
    }
    for id in alive.keys.sorted() {
      try gallery.remove(id)
      for (index, trace) in (alive[id] ?? []).enumerated() { erased["\(id) \(index)"] = trace }
      erased[id] = Array(id.utf8)
    }
    #expect(traces(of: erased, in: folder.gallery) == [])
    #expect(try gallery.integrityCheck() == [])
  }

  @Test func anotherReaderDelaysTheErasureAndTheReceiptSaysSo() throws {
    let folder = try TemporaryFolder()
    var limits = GalleryLimits()
    limits.erasureTimeoutMilliseconds = 50
    let gallery = try SQLiteGallery(path: folder.gallery, limits: limits)
    try gallery.enroll("mallory-1984", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model())
    let other = try SQLiteConnection(path: folder.gallery, readOnly: true, busyTimeoutMilliseconds: 1000)
    try other.run("BEGIN")
    _ = try other.first("SELECT count(*) FROM subjects") { $0.int(0) }

    #expect(try gallery.remove("mallory-1984").walTruncated == false)
    #expect(!gallery.finishErasure())
    let needles = ["id": Array("mallory-1984".utf8)]
    #expect(traces(of: needles, in: folder.gallery) != [])

    try other.run("ROLLBACK")
    // The next write makes up for it by itself.
    try gallery.enroll("anna", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model())
    #expect(gallery.finishErasure())
    #expect(traces(of: needles, in: folder.gallery) == [])
  }

  @Test func openingFinishesAnErasureThatACrashInterrupted() throws {
    let folder = try TemporaryFolder()
    var limits = GalleryLimits()
    limits.erasureTimeoutMilliseconds = 0
    let gallery = try SQLiteGallery(path: folder.gallery, limits: limits)
    try gallery.enroll("mallory-1984", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model())
    let other = try SQLiteConnection(path: folder.gallery, readOnly: true, busyTimeoutMilliseconds: 1000)
    try other.run("BEGIN")
    _ = try other.first("SELECT count(*) FROM subjects") { $0.int(0) }
    #expect(try gallery.remove("mallory-1984").walTruncated == false)
    // What a process killed here would leave behind.
    let copy = folder.path + "/copy.sqlite"
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: folder.gallery + suffix, toPath: copy + suffix)
    }
    let needles = ["id": Array("mallory-1984".utf8)]
    #expect(traces(of: needles, in: copy) != [])
    let reopened = try SQLiteGallery(path: copy)
    #expect(traces(of: needles, in: copy) == [])
    expectError(.subjectNotFound) { try reopened.subject("mallory-1984") }
  }

  @Test func aSweepThatACrashPreventedIsMadeUpFor() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try gallery.enroll("anna", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model())
    let other = try SQLiteConnection(path: folder.gallery, readOnly: false, busyTimeoutMilliseconds: 1000)
    func pending() throws -> Bool? { try other.first("SELECT erasures > swept FROM meta") { $0.integer(0) == 1 } }
    // A removal whose process was killed right after its commit.
    try Erasure.request(other)
    #expect(try pending() == true)
    let reopened = try SQLiteGallery(path: folder.gallery)
    #expect(try pending() == false)
    #expect(try reopened.generation() == 1)
    #expect(try reopened.integrityCheck() == [])
  }

  @Test func aLargeFileIsSweptByWayOfATemporaryFile() throws {
    let folder = try TemporaryFolder()
    var limits = GalleryLimits()
    limits.memorySweepPages = 0
    let gallery = try SQLiteGallery(path: folder.gallery, limits: limits)
    try gallery.enroll("mallory-1984", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model())
    try gallery.enroll("anna", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model())
    #expect(try gallery.remove("mallory-1984").walTruncated == true)
    #expect(traces(of: ["id": Array("mallory-1984".utf8)], in: folder.gallery) == [])
    // Ids of templates and subjects are not given out twice, swept or not.
    #expect(try gallery.enroll("bob", [[1, 2, 3, 4, 5, 6, 7, 8]], model: model()).result?.added == [3])
  }
}
