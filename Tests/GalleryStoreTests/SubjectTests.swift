import Foundation
import Testing

@testable import GalleryStore

@Suite struct SubjectTests {
  let gallery: SQLiteGallery
  var random = SeededGenerator(seed: 7)

  init() throws { gallery = try SQLiteGallery(path: nil, clock: { 1234 }) }

  @Test mutating func enrollmentAddsTemplates() throws {
    let a = random.direction(8)
    let first = try gallery.enroll(
      "anna", [a, random.direction(8)], model: model(), name: "Anna", metadata: #"{"team":1}"#,
      sources: [source(1, region: "1,2,3,4")], crop: [1, 2, 3])
    #expect(
      first.result
        == EnrollmentResult(subject: "anna", created: true, added: [1, 2], alreadyEnrolled: [], templates: 2))
    let second = try gallery.enroll("anna", [random.direction(8)], model: model())
    #expect(second.result?.created == false)
    #expect(second.result?.templates == 3)
    let detail = try gallery.subject("anna")
    #expect(detail.summary.name == "Anna")
    #expect(detail.summary.metadata == #"{"team":1}"#)
    #expect(detail.summary.created == 1234)
    #expect(detail.summary.templates == [ModelCount(model: model(), templates: 3)])
    #expect(detail.templates.map(\.hasCrop) == [true, true, false])
    #expect(detail.templates[0].source == source(1, region: "1,2,3,4"))
    #expect(detail.templates[1].source == nil)
    #expect(detail.templates[0].quality == 0.9)
    #expect(try gallery.crop(ofTemplate: 1) == [1, 2, 3])
    #expect(try gallery.crop(ofTemplate: 3) == nil)
  }

  @Test mutating func theSamePictureIsEnrolledOnce() throws {
    let embedding = random.direction(8)
    try gallery.enroll("anna", [embedding], model: model(), sources: [source(1)])
    let again = try gallery.enroll(
      "anna", [embedding, embedding, embedding, embedding], model: model(),
      sources: [source(1), source(2), source(2), source(1, region: "other face")])
    #expect(again.result?.alreadyEnrolled == [0, 2])
    #expect(again.result?.added.count == 2)
    #expect(again.result?.templates == 3)
    // Another subject, or another model, is another matter.
    #expect(try gallery.enroll("bob", [embedding], model: model(), sources: [source(1)]).result?.added.count == 1)
    let other = try gallery.enroll(
      "anna", [embedding], model: model(letter: "b"), sources: [source(1)], allowsNewModel: true)
    #expect(other.result?.added.count == 1)
    // Without a source nothing can be told.
    #expect(try gallery.enroll("anna", [embedding, embedding], model: model()).result?.added.count == 2)
  }

  @Test mutating func nameAndMetadataStayUnlessGiven() throws {
    try gallery.enroll("anna", [random.direction(8)], model: model(), name: "Anna", metadata: #"{"a":1}"#)
    try gallery.enroll("anna", [random.direction(8)], model: model())
    #expect(try gallery.subject("anna").summary.name == "Anna")
    try gallery.enroll("anna", [random.direction(8)], model: model(), name: "Anna B.", metadata: "{}")
    #expect(try gallery.subject("anna").summary.name == "Anna B.")
    #expect(try gallery.subject("anna").summary.metadata == "{}")
  }

  @Test(arguments: [
    "", "tab\t", "zero\0", "line\n", "c1 \u{85}", "del \u{7F}", String(repeating: "é", count: 129),
  ])
  func badIDsAreRefused(_ id: String) throws {
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    expectError(.badValue) { try gallery.enroll(id, [one], model: model()) }
    expectError(.badValue) { try gallery.subject(id) }
    expectError(.badValue) { try gallery.remove(id) }
    try gallery.enroll("anna", [one], model: model())
    expectError(.badValue) { try gallery.write { (try $0.rename("anna", to: id), []) } }
  }

  @Test func idsAreOpaqueBytes() throws {
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    // The two spellings of é are equal as Swift strings, and yet two ids.
    let long = String(repeating: "x", count: 256)
    let ids = ["e\u{301}", "\u{E9}", "👩‍👩‍👧", "'; DROP TABLE subjects; --", "%", " ", long]
    for id in ids { try gallery.enroll(id, [one], model: model()) }
    let listed = try gallery.subjects().subjects.map { Array($0.id.utf8) }
    #expect(listed.count == ids.count)
    #expect(listed == ids.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
    let found = try gallery.search(probes: one, topK: 100, model: model()).candidates[0].map { Array($0.subject.utf8) }
    #expect(found == listed)
  }

  @Test func badValuesAreRefused() throws {
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    let models = [
      ModelIdentity(id: "", sha256: model().sha256, dimension: 8),
      ModelIdentity(id: "m", sha256: "abc", dimension: 8),
      ModelIdentity(id: "m", sha256: String(repeating: "A", count: 64), dimension: 8),
      ModelIdentity(id: "m", sha256: model().sha256, dimension: 0),
      ModelIdentity(id: "m", sha256: model().sha256, dimension: -1),
      ModelIdentity(id: "m", sha256: model().sha256, dimension: .max),
    ]
    for model in models {
      expectError(.badValue) { try gallery.enroll("anna", [one], model: model) }
      expectError(.badValue) { try gallery.index(for: model) }
    }
    let embeddings: [[Float]] = [
      [], [1], Array(repeating: 1, count: 9), Array(repeating: 0, count: 8), [.nan, 1, 1, 1, 1, 1, 1, 1],
      [.infinity, 1, 1, 1, 1, 1, 1, 1],
    ]
    for embedding in embeddings {
      expectError(.badValue) { try gallery.enroll("anna", [one, embedding], model: model()) }
    }
    let deep = String(repeating: "[", count: 8000)
    let long = String(repeating: "x", count: 16384)
    for metadata in ["", "x", "[1]", "1", "{", "{}\0", #"{"a":\#(deep)}"#, #"{"a":"\#(long)"}"#] {
      expectError(.badValue) { try gallery.enroll("anna", [one], model: model(), metadata: metadata) }
    }
    expectError(.badValue) {
      try gallery.enroll("anna", [one], model: model(), name: String(repeating: "n", count: 513))
    }
    expectError(.badValue) { try gallery.enroll("anna", [one], model: model(), name: "line\nbreak") }
    expectError(.badValue) { try gallery.enroll("anna", [one], model: model(), crop: []) }
    expectError(.badValue) {
      try gallery.enroll("anna", [one], model: model(), crop: Array(repeating: 0, count: 1 << 20 + 1))
    }
    expectError(.badValue) {
      try gallery.enroll("anna", [one], model: model(), sources: [TemplateSource(sha256: "abc")])
    }
    for quality in [Double.nan, -0.1, 1.1, .infinity] {
      expectError(.badValue) {
        try gallery.write { transaction in
          let template = NewTemplate(embedding: one, quality: quality)
          return (
            try transaction.enroll(Enrollment(subject: "anna", model: model(), templates: [template])), [UInt8]()
          )
        }
      }
    }
    expectError(.badValue) { try gallery.subjects(limit: 0) }
    expectError(.badValue) { try gallery.subjects(limit: 1001) }
    #expect(try gallery.counts() == GalleryCounts(subjects: 0, templates: 0, models: [], generation: 0))
  }

  @Test func aSubjectHasABoundOfTemplates() throws {
    var limits = GalleryLimits()
    limits.templatesPerSubject = 3
    let gallery = try SQLiteGallery(path: nil, limits: limits)
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    try gallery.enroll("anna", [one, one], model: model())
    try gallery.enroll("bob", [one, one], model: model())
    let error = expectError(.badValue) { try gallery.enroll("anna", [one, one], model: model()) }
    #expect(error?.subject == "anna")
    expectError(.badValue) { try gallery.write { (try $0.merge(from: ["anna"], into: "bob"), []) } }
    #expect(try gallery.counts().templates == 4)
    #expect(try gallery.counts().subjects == 2)
    #expect(try gallery.enroll("anna", [one], model: model()).result?.templates == 3)
  }

  @Test func subjectsAreListedInPages() throws {
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    let ids = (0..<25).map { "s\($0)" }
    for id in ids.shuffled() { try gallery.enroll(id, [one], model: model()) }
    var seen: [String] = []
    var after: String?
    repeat {
      let page = try gallery.subjects(after: after, limit: 10)
      #expect(page.total == 25)
      #expect(page.subjects.allSatisfy { $0.templates == [ModelCount(model: model(), templates: 1)] })
      seen += page.subjects.map(\.id)
      after = page.next
    } while after != nil
    #expect(seen == ids.sorted())
    #expect(try gallery.subjects(after: "zzz").subjects == [])
    #expect(try gallery.subjects(limit: 25).next == nil)
  }

  @Test mutating func renameChangesIDAndName() throws {
    try gallery.enroll("anna", [random.direction(8)], model: model(), name: "Anna")
    try gallery.enroll("bob", [random.direction(8)], model: model())
    let summary = try gallery.write { (try $0.rename("anna", to: "anne"), []) }.result
    #expect(summary?.id == "anne")
    #expect(summary?.name == "Anna")
    expectError(.subjectNotFound) { try gallery.subject("anna") }
    #expect(try gallery.write { (try $0.rename("anne", name: "Anne"), []) }.result?.name == "Anne")
    #expect(try gallery.write { (try $0.rename("anne", to: "anne"), []) }.result?.id == "anne")
    expectError(.subjectExists) { try gallery.write { (try $0.rename("anne", to: "bob"), []) } }
    expectError(.subjectNotFound) { try gallery.write { (try $0.rename("anna", to: "x"), []) } }
    expectError(.badValue) { try gallery.write { (try $0.rename("anne", metadata: "[]"), []) } }
    #expect(try gallery.subject("anne").templates.count == 1)
  }

  @Test mutating func mergeMovesTemplates() throws {
    let shared = random.direction(8)
    try gallery.enroll("a", [shared, random.direction(8)], model: model(), sources: [source(1), source(2)], crop: [1])
    try gallery.enroll("b", [shared, random.direction(8)], model: model(), sources: [source(1), nil])
    try gallery.enroll("c", [random.direction(8)], model: model(), sources: [source(2)])
    let merged = try gallery.write { (try $0.merge(from: ["a", "c"], into: "b"), []) }.result
    #expect(
      merged
        == MergeResult(subject: "b", merged: ["a", "c"], templatesMoved: 1, duplicatesDropped: 2, templates: 3))
    #expect(try gallery.subjects().subjects.map(\.id) == ["b"])
    #expect(try gallery.integrityCheck() == [])
    for sources in [["b"], ["x"], [], ["b", "b"]] {
      let code: GalleryError.Code = sources == ["x"] ? .subjectNotFound : .badValue
      expectError(code) { try gallery.write { (try $0.merge(from: sources, into: "b"), []) } }
    }
    expectError(.subjectNotFound) { try gallery.write { (try $0.merge(from: ["b"], into: "nobody"), []) } }
  }

  @Test mutating func everyWriteRaisesTheGenerationByOne() throws {
    let v = random.direction(8)
    #expect(try gallery.enroll("a", [v], model: model()).generation == 1)
    #expect(try gallery.enroll("b", [v, v], model: model()).generation == 2)
    #expect(try gallery.write { (try $0.rename("a", to: "c"), []) }.generation == 3)
    #expect(try gallery.write { (try $0.merge(from: ["c"], into: "b"), []) }.generation == 4)
    expectError(.subjectNotFound) { try gallery.remove("nobody") }
    #expect(try gallery.remove("b").generation == 5)
    #expect(try gallery.generation() == 5)
  }
}
