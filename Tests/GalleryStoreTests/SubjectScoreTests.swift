import Testing

@testable import GalleryStore

@Suite("The score of one subject")
struct SubjectScoreTests {
  private let x: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
  private let y: [Float] = [0, 1, 0, 0, 0, 0, 0, 0]
  private let near: [Float] = [0.8, 0.6, 0, 0, 0, 0, 0, 0]

  @Test func isThatOfASearch() throws {
    let gallery = try SQLiteGallery(path: nil)
    try gallery.enroll("anna", [x, near], model: model())
    try gallery.enroll("bob", [y], model: model())
    let index = try gallery.index(for: model())
    for probe in [x, y, near] {
      let found = try index.search(probes: probe, topK: 5)[0]
      for name in ["anna", "bob"] {
        let expected = try #require(found.first { $0.subject == name }?.score)
        let score = try #require(try index.score(of: probe, subject: name))
        #expect(abs(score - expected) < 1e-6)
      }
    }
    #expect(try index.score(of: x, subject: "carl") == nil)
    try gallery.enroll(ReservedSubject.unknown, [y], model: model())
    #expect(try gallery.index(for: model()).score(of: y, subject: ReservedSubject.unknown) == nil)
    #expect(throws: GalleryError.self) { try index.score(of: [1, 0], subject: "anna") }
    #expect(throws: GalleryError.self) { try index.score(of: x + x, subject: "anna") }
    #expect(throws: GalleryError.self) { try index.score(of: [Float](repeating: 0, count: 8), subject: "anna") }
  }
}
