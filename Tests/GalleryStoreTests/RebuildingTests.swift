import Foundation
import Testing

@testable import GalleryStore

@Suite struct RebuildingTests {
  private let old = model(8, letter: "a")
  private let new = model(4, letter: "b")
  private let geometry = KeptCropTests.geometry

  /// Three subjects: anna with two photos and crops, bob with one photo and none, carl with a crop but no source.
  private func fill(_ gallery: SQLiteGallery) throws {
    try gallery.enroll(
      "anna", [[1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]], model: old, sources: [source(1), source(2)],
      crop: [1, 2, 3])
    try gallery.enroll("bob", [[0, 0, 1, 0, 0, 0, 0, 0]], model: old, sources: [source(3)])
    try gallery.enroll("carl", [[0, 0, 0, 1, 0, 0, 0, 0]], model: old, crop: [4, 5])
  }

  private func rebuild(_ gallery: SQLiteGallery, _ origins: [Int64], geometry: CropGeometry? = nil) throws -> Int? {
    try gallery.write { transaction in
      let templates = origins.map { RebuiltTemplate(origin: $0, embedding: [1, Float($0), 0, 0], geometry: geometry) }
      return (try transaction.addRebuilt(templates, model: new), [])
    }.result
  }

  @Test func listsWhatCanBeRebuiltAndGoesOnWhereItStopped() throws {
    let gallery = try SQLiteGallery(path: nil)
    try fill(gallery)
    #expect(try gallery.rebuildable(for: new, limit: 10).map(\.id) == [1, 2, 4])
    #expect(try gallery.rebuildable(for: new, after: 1, limit: 1) == [RebuildableTemplate(id: 2, model: old)])
    #expect(try gallery.rebuildable(for: old, limit: 10) == [])
    #expect(try gallery.rebuildableCount(for: new) == 3)
    #expect(
      try gallery.rebuildState(of: new, limit: 2)
        == RebuildState(subjects: 0, missingTemplates: 4, missingSubjectCount: 3, missingSubjects: ["anna", "bob"]))

    #expect(try rebuild(gallery, [1, 4]) == 2)
    #expect(try gallery.rebuildable(for: new, limit: 10).map(\.id) == [2])
    #expect(try rebuild(gallery, [1, 2, 4, 99]) == 1, "what is there, or gone, is passed over")
    #expect(try gallery.rebuildableCount(for: new) == 0)
    #expect(
      try gallery.rebuildState(of: new, limit: 10)
        == RebuildState(subjects: 2, missingTemplates: 1, missingSubjectCount: 1, missingSubjects: ["bob"]))
    #expect(
      try gallery.counts().models == [
        ModelTotals(model: old, templates: 4, subjects: 3), ModelTotals(model: new, templates: 3, subjects: 2),
      ])
    #expect(try gallery.index(for: new).templateCount == 3)
    #expect(try gallery.index(for: old).templateCount == 4, "going back is possible")
    #expect(try gallery.integrityCheck() == [])
  }

  @Test func takesOverSourceAndQuality() throws {
    let gallery = try SQLiteGallery(path: nil)
    try fill(gallery)
    _ = try rebuild(gallery, [2])
    let templates = try gallery.subject("anna").templates
    #expect(templates.map(\.model) == [old, old, new])
    #expect(templates[2].source == source(2))
    #expect(templates[2].quality == templates[1].quality)
    // The same photo enrolled for the new model is known.
    let again = try gallery.enroll("anna", [[0, 0, 0, 1]], model: new, sources: [source(2)])
    #expect(again.result?.alreadyEnrolled == [0])
  }

  @Test func aFullSubjectAndBadVectorsAreHandled() throws {
    var limits = GalleryLimits()
    limits.templatesPerSubject = 2
    let gallery = try SQLiteGallery(path: nil, limits: limits)
    try gallery.enroll(
      "anna", [[1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]], model: old, sources: [source(1), source(2)],
      crop: [1])
    try gallery.enroll("anna", [[1, 1, 0, 0]], model: new, sources: [source(9)], allowsNewModel: true)
    #expect(try rebuild(gallery, [1, 2]) == 1)
    expectError(.badValue) {
      try gallery.write { transaction in
        let bad = RebuiltTemplate(origin: 1, embedding: [0, 0, 0, 0], geometry: nil)
        return (try transaction.addRebuilt([bad], model: new), [])
      }
    }
  }

  @Test func droppingErasesCompleteSubjectsAndKeepsTheirCrops() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try fill(gallery)
    let needle = EmbeddingCoding.encode([0, 1, 0, 0, 0, 0, 0, 0])
    func holdsNeedle() -> Bool {
      ["", "-wal"].contains { suffix in
        FileManager.default.contents(atPath: folder.gallery + suffix)?.range(of: Data(needle)) != nil
      }
    }
    #expect(holdsNeedle())
    _ = try rebuild(gallery, [1, 4], geometry: geometry)
    func drop() throws -> WriteOutcome<DropReceipt> {
      try gallery.write { (try $0.dropOtherModels(than: new), []) }
    }
    // anna's second photo has no counterpart yet, bob has none at all.
    #expect(try drop().result == DropReceipt(subjects: 1, templates: 1))
    #expect(try gallery.subject("carl").templates.map(\.model) == [new])
    #expect(try gallery.subject("anna").templates.count == 3)
    #expect(holdsNeedle())

    _ = try rebuild(gallery, [2], geometry: geometry)
    let outcome = try drop()
    #expect(outcome.result == DropReceipt(subjects: 1, templates: 2))
    #expect(outcome.walTruncated == true)
    #expect(!holdsNeedle())
    let anna = try gallery.subject("anna").templates
    #expect(anna.map(\.model) == [new, new])
    for template in anna {
      #expect(try gallery.keptCrop(ofTemplate: template.id) == KeptCrop(image: [1, 2, 3], geometry: geometry))
    }
    #expect(try gallery.subject("bob").templates.map(\.model) == [old])
    // A third model can be served from the same crops.
    #expect(try gallery.rebuildableCount(for: model(8, letter: "c")) == 3)
    #expect(try gallery.index(for: new).templateCount == 3)
    #expect(try drop().result == DropReceipt(subjects: 0, templates: 0))
    #expect(try gallery.integrityCheck() == [])
  }

  @Test func removingASubjectErasesCropsAndRebuiltTemplates() throws {
    let gallery = try SQLiteGallery(path: nil)
    try fill(gallery)
    _ = try rebuild(gallery, [1, 2])
    #expect(try gallery.remove("anna").result == RemovalReceipt(templates: 4, crops: 2, answers: 0))
    #expect(try gallery.rebuildable(for: new, limit: 10).map(\.id) == [4])
  }

  @Test func aMismatchNamesTheModels() throws {
    let gallery = try SQLiteGallery(path: nil)
    try fill(gallery)
    let error = expectError(.modelMismatch) { try gallery.index(for: new) }
    #expect(error?.galleryModels == [ModelTotals(model: old, templates: 4, subjects: 3)])
    #expect(error?.askedModel == new.id)
    #expect(error?.message.contains("gallery.reembed") == true)
    #expect(error?.message.contains("models.activate") == true)
    expectError(.modelMismatch) { try gallery.enroll("dora", [[1, 0, 0, 0]], model: new) }
    _ = try rebuild(gallery, [1])
    #expect(try gallery.index(for: new).subjectCount == 1)
    try gallery.enroll("dora", [[1, 0, 0, 0]], model: new)
  }

  /// Every pair once, with the cosine of plain arithmetic, across blocks and groups.
  @Test(arguments: [(1, 7), (2, 8), (129, 8), (300, 3), (700, 4096)])
  func comparesEveryPairOnce(templates: Int, dimension: Int) throws {
    var random = SeededGenerator(seed: 5)
    let gallery = try SQLiteGallery(path: nil)
    let vectors = (0..<templates).map { _ in random.direction(dimension) }
    let subjects = 5
    for subject in 0..<subjects {
      let own = vectors.indices.filter { $0 % subjects == subject }.map { vectors[$0] }
      if !own.isEmpty { try gallery.enroll("s\(subject)", own, model: model(dimension)) }
    }
    let index = try gallery.index(for: model(dimension))
    // Rows come in the order of enrollment: subject by subject.
    let order = (0..<subjects).flatMap { subject in vectors.indices.filter { $0 % subjects == subject } }
    var pairs = 0
    var genuine = 0
    var largest: Float = 0
    try index.forEachPair(checkpoint: { _ in }) { batch in
      #expect(batch.subjects.count == batch.cosines.count)
      pairs += batch.cosines.count
      genuine += batch.subjects.count { $0 == batch.subject }
      if templates <= 300 {
        // With a single block every batch is a whole row.
        let row = batch.cosines.count
        #expect(Int(batch.subject) == order[row] % subjects)
        for (column, cosine) in batch.cosines.enumerated() {
          let expected = zip(vectors[order[row]], vectors[order[column]]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
          largest = max(largest, abs(cosine - expected))
        }
      }
    }
    #expect(pairs == templates * (templates - 1) / 2)
    let sizes = (0..<subjects).map { subject in vectors.indices.count { $0 % subjects == subject } }
    #expect(genuine == sizes.reduce(0) { $0 + $1 * ($1 - 1) / 2 })
    #expect(largest < 1e-5)
  }
}
