import Testing

@testable import GalleryStore

@Suite struct HeadTests {
  static let model = GalleryStoreTests.model()

  static func head(_ number: Int, _ slots: [Int64], letter: Character = "a") -> HeadRecord {
    HeadRecord(
      id: "ab\(number)", modelSHA256: String(repeating: letter, count: 64), sha256: source(number).sha256, slots: slots,
      report: "{}")
  }

  private func gallery(_ subjects: [String]) throws -> SQLiteGallery {
    let gallery = try SQLiteGallery(path: nil)
    for subject in subjects { try gallery.enroll(subject, [[1, 0, 0, 0, 0, 0, 0, 0]], model: Self.model) }
    return gallery
  }

  private func activate(_ head: HeadRecord, _ gallery: SQLiteGallery) throws -> [String] {
    try gallery.write { (try $0.activateHead(head).map(\.id), []) }.result ?? []
  }

  @Test func theLastOneIsInUseAndTheWayBackIsRemembered() throws {
    let gallery = try gallery(["anna", "bob"])
    let sha256 = Self.model.sha256
    #expect(try gallery.activeHead(model: sha256).head == nil)
    let before = try gallery.generation()
    #expect(try activate(Self.head(1, [1]), gallery) == [])
    #expect(try gallery.generation() == before + 1)
    #expect(try activate(Self.head(2, [1, 2]), gallery) == [])
    #expect(try activate(Self.head(3, [2], letter: "b"), gallery) == [])
    #expect(try gallery.activeHead(model: sha256).head?.id == "ab2")
    let back = try gallery.write { (try $0.rollBackHead(model: sha256), []) }.result ?? nil
    #expect(back?.undone.id == "ab2")
    #expect(back?.undone.slots == [1, 2])
    #expect(back?.active?.id == "ab1")
    #expect(try gallery.activeHead(model: sha256).head?.id == "ab1")
    let none = try gallery.write { (try $0.rollBackHead(model: sha256), []) }.result ?? nil
    #expect(none?.active == nil)
    #expect(try gallery.write { (try $0.rollBackHead(model: sha256) == nil, []) }.result == true)
    #expect(try gallery.heads().map(\.id) == ["ab3"])
  }

  @Test func onlySomeEarlierOnesStay() throws {
    let gallery = try gallery(["anna"])
    for number in 1...(WriteTransaction.keptHeads + 1) { #expect(try activate(Self.head(number, [1]), gallery) == []) }
    #expect(try activate(Self.head(20, [1]), gallery) == ["ab1"])
    #expect(try gallery.heads().count == WriteTransaction.keptHeads + 1)
  }

  @Test func aHeadOfSomebodyWhoIsGoneIsRefused() throws {
    let gallery = try gallery(["anna"])
    expectError(.subjectNotFound) { try activate(Self.head(1, [1, 77]), gallery) }
    expectError(.badValue) {
      try activate(HeadRecord(id: "../x", modelSHA256: "a", sha256: "b", slots: [], report: ""), gallery)
    }
    #expect(try gallery.heads().isEmpty)
  }

  @Test func slotsGoWithTheirSubjectAndMoveWithAMerge() throws {
    let gallery = try gallery(["anna", "bob", "carl"])
    _ = try activate(Self.head(1, [1, 2, 3]), gallery)
    let known = try gallery.write { (try $0.heads(knowing: "bob").map(\.id), []) }.result
    #expect(known == ["ab1"])
    try gallery.remove("bob")
    #expect(try gallery.heads().first?.slots == [1, 3])
    _ = try gallery.write { (try $0.merge(from: ["carl"], into: "anna"), []) }
    #expect(try gallery.heads().first?.slots == [1])
    _ = try gallery.write { transaction in
      var head = try transaction.heads(knowing: "anna")[0]
      head.sha256 = source(9).sha256
      head.slots = []
      return (try transaction.replaceHead(head), [])
    }
    #expect(try gallery.heads().first?.sha256 == source(9).sha256)
    #expect(try gallery.heads().first?.slots == [])
    #expect(try gallery.integrityCheck() == [])
  }

  @Test func aDroppedHeadInUseGivesWayToTheOneBefore() throws {
    let gallery = try gallery(["anna"])
    _ = try activate(Self.head(1, [1]), gallery)
    _ = try activate(Self.head(2, [1]), gallery)
    _ = try gallery.write { (try $0.dropHead("ab2"), []) }
    #expect(try gallery.activeHead(model: Self.model.sha256).head?.id == "ab1")
  }

  @Test func whatCanBeLearnedFromIsEveryPictureOnce() throws {
    let gallery = try gallery([])
    let other = GalleryStoreTests.model(4, letter: "b")
    // Anna has a crop of her own; Bob's crop was kept for another model's template; Carl is known to the other model alone.
    try gallery.enroll("anna", [[1, 0, 0, 0, 0, 0, 0, 0]], model: Self.model, sources: [source(1)], crop: [1])
    try gallery.enroll("bob", [[1, 0, 0, 0]], model: other, sources: [source(2)], crop: [2], allowsNewModel: true)
    try gallery.enroll("bob", [[0, 1, 0, 0, 0, 0, 0, 0]], model: Self.model, sources: [source(2)])
    try gallery.enroll("carl", [[0, 1, 0, 0]], model: other, sources: [source(3)], crop: [3])
    try gallery.enroll("unknown", [[0, 0, 1, 0, 0, 0, 0, 0]], model: Self.model)
    let snapshot = try gallery.trainable(for: Self.model, negatives: "unknown")
    #expect(snapshot.negatives == 4)
    #expect(snapshot.templates.map(\.id) == [1, 3, 4, 5])
    #expect(snapshot.templates.map(\.subject) == [1, 2, 3, 4])
    #expect(snapshot.templates.map(\.cropTemplate) == [1, 2, 4, nil])
    #expect(snapshot.templates.map(\.isOfModel) == [true, true, false, true])
    #expect(snapshot.templates[1].cropModelSHA256 == other.sha256)
    #expect(try gallery.embedding(ofTemplate: 3) == [0, 1, 0, 0, 0, 0, 0, 0])
    #expect(try gallery.embedding(ofTemplate: 99) == nil)
    #expect(try gallery.missingSubjects(of: [1, 9]).missing == [9])
    #expect(try gallery.subjectIDs([1, 9]) == [1: "anna"])
  }
}
