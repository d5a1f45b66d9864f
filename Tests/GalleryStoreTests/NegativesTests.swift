import Testing

@testable import GalleryStore

@Suite("Faces that are nobody's")
struct NegativesTests {
  private let x: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
  private let y: [Float] = [0, 1, 0, 0, 0, 0, 0, 0]
  private let near: [Float] = [0.8, 0.6, 0, 0, 0, 0, 0, 0]

  @Test func theyAreNoCandidatesButScored() throws {
    let gallery = try SQLiteGallery(path: nil)
    try gallery.enroll("anna", [x], model: model())
    #expect(try gallery.index(for: model()).matches(probes: y, topK: 5)[0].negativeScore == nil)
    try gallery.enroll(ReservedSubject.unknown, [y, near], model: model())
    let index = try gallery.index(for: model())
    #expect(index.subjectCount == 1 && index.templateCount == 1 && index.negativeCount == 2)
    let found = try index.matches(probes: y + x, topK: 5)
    #expect(found.map { $0.candidates.map(\.subject) } == [["anna"], ["anna"]])
    #expect(found[0].negativeScore == 1)
    #expect(abs(try #require(found[1].negativeScore) - 0.8) < 1e-6)
    #expect(try gallery.nearestOtherSubject(to: y, excluding: "anna", model: model()) == nil)
    var pairs = 0
    try index.forEachPair(checkpoint: { _ in }) { pairs += $0.cosines.count }
    #expect(pairs == 0)
  }

  @Test func aGalleryOfNothingElseIsNoMismatch() throws {
    let gallery = try SQLiteGallery(path: nil)
    try gallery.enroll(ReservedSubject.unknown, [y], model: model())
    let found = try gallery.index(for: model()).matches(probes: y, topK: 5)
    #expect(found[0].candidates.isEmpty && found[0].negativeScore == 1)
  }

  @Test func aRenameMakesThemSomebody() throws {
    let gallery = try SQLiteGallery(path: nil)
    try gallery.enroll(ReservedSubject.unknown, [y], model: model())
    #expect(try gallery.index(for: model()).subjectCount == 0)
    _ = try gallery.write { transaction in
      (try transaction.rename(ReservedSubject.unknown, to: "bob"), [])
    }
    let index = try gallery.index(for: model())
    #expect(index.subjectCount == 1 && index.negativeCount == 0)
  }

  @Test func onlyTheExactIdIsReserved() {
    #expect(ReservedSubject.isReserved("unknown"))
    #expect(!ReservedSubject.isReserved("Unknown") && !ReservedSubject.isReserved("unknown "))
  }
}
