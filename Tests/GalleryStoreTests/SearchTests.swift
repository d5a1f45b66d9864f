import Foundation
import Testing

@testable import GalleryStore

@Suite struct SearchTests {
  /// Scores every subject the plain way.
  private func expected(
    _ probe: [Float], _ subjects: [String: [[Float]]]
  ) -> [(subject: String, score: Double, best: Double)] {
    func cosine(_ a: [Float], _ b: [Float]) -> Double {
      let dot = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      let lengths = [a, b].map { $0.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
      return dot / lengths[0] / lengths[1]
    }
    return subjects.map { subject, embeddings in
      var rows = RowBlocks(dimension: probe.count)
      for embedding in embeddings {
        _ = rows.append { values in
          _ = values.update(fromContentsOf: embedding)
          return EmbeddingCoding.normalize(values)
        }
      }
      let prototype = Prototype.make(of: (0..<Int32(embeddings.count)).map { $0 }, in: rows)
      let cosines = embeddings.map { cosine(probe, $0) }.sorted(by: >)
      let top = cosines.prefix(SubjectScore.exemplarCount)
      let weight = Double(SubjectScore.prototypeWeight)
      let score = weight * cosine(probe, prototype) + (1 - weight) * top.reduce(0, +) / Double(top.count)
      return (subject: subject, score: score, best: cosines[0])
    }.sorted { ($0.score, $1.subject) > ($1.score, $0.subject) }
  }

  @Test(arguments: [(1, 1, 8), (7, 5, 8), (120, 9, 128), (300, 4, 33), (4, 100, 1024)])
  func theSearchIsExact(subjects: Int, templates: Int, dimension: Int) throws {
    var random = SeededGenerator(seed: UInt64(subjects * dimension))
    let gallery = try SQLiteGallery(path: nil)
    var enrolled: [String: [[Float]]] = [:]
    for index in 0..<subjects {
      let center = random.direction(dimension)
      let embeddings = (0..<Int.random(in: 1...templates, using: &random)).map { _ in
        // Stored vectors need not be of length 1.
        random.direction(near: center, spread: 0.9).map { $0 * 3 }
      }
      enrolled["s\(index)"] = embeddings
      try gallery.enroll("s\(index)", embeddings, model: model(dimension), name: "n\(index)")
    }
    let probes = (0..<9).map { _ in random.direction(dimension).map { $0 * 0.1 } }
    let (found, generation) = try gallery.search(probes: probes.flatMap { $0 }, topK: 5, model: model(dimension))
    #expect(generation == subjects)
    #expect(found.count == probes.count)
    for (probe, candidates) in zip(probes, found) {
      let wanted = expected(probe, enrolled).prefix(5)
      #expect(candidates.map(\.subject) == wanted.map(\.subject))
      for (candidate, wanted) in zip(candidates, wanted) {
        #expect(abs(Double(candidate.score) - wanted.score) < 1e-5)
        #expect(abs(Double(candidate.bestExemplarScore) - wanted.best) < 1e-5)
        #expect(candidate.name == candidate.subject.replacingOccurrences(of: "s", with: "n"))
      }
    }
  }

  @Test func manyProbesInGroupsGiveWhatOneGives() throws {
    var random = SeededGenerator(seed: 3)
    let gallery = try SQLiteGallery(path: nil)
    for index in 0..<40 { try gallery.enroll("s\(index)", [random.direction(16)], model: model(16)) }
    let probes = (0..<600).map { _ in random.direction(16) }
    let index = try gallery.index(for: model(16))
    let together = try index.search(probes: probes.flatMap { $0 }, topK: 3)
    for (probe, candidates) in zip(probes, together) {
      let alone = try index.search(probes: probe, topK: 3)[0]
      #expect(alone.map(\.subject) == candidates.map(\.subject))
      #expect(zip(alone, candidates).allSatisfy { abs($0.score - $1.score) < 1e-6 })
    }
  }

  @Test func equalScoresAreOrderedByID() throws {
    let gallery = try SQLiteGallery(path: nil)
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    for id in ["m", "z", "a", "k", "b"] { try gallery.enroll(id, [one], model: model()) }
    let candidates = try gallery.search(probes: one, topK: 3, model: model()).candidates[0]
    #expect(candidates.map(\.subject) == ["a", "b", "k"])
    #expect(candidates.allSatisfy { $0.score == 1 && $0.prototypeScore == 1 && $0.bestExemplarScore == 1 })
  }

  @Test func anEmptyGalleryHasNoCandidates() throws {
    let gallery = try SQLiteGallery(path: nil)
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    #expect(try gallery.search(probes: one + one, topK: 3, model: model()).candidates == [[], []])
    #expect(try gallery.search(probes: [], topK: 3, model: model()).candidates == [])
    try gallery.enroll("anna", [], model: model())
    #expect(try gallery.search(probes: one, topK: 3, model: model()).candidates == [[]])
    #expect(try gallery.nearestOtherSubject(to: one, excluding: "anna", model: model()) == nil)
  }

  @Test func badProbesAreRefused() throws {
    let gallery = try SQLiteGallery(path: nil)
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    try gallery.enroll("anna", [one], model: model())
    let probes: [[Float]] = [
      [1], one + [1], Array(repeating: 0, count: 8), [.nan, 0, 0, 0, 0, 0, 0, 0],
      one + [.infinity, 0, 0, 0, 0, 0, 0, 0],
    ]
    for probe in probes {
      expectError(.badValue) { try gallery.search(probes: probe, topK: 3, model: model()) }
    }
    for topK in [0, -1, 1001, .max, .min] {
      expectError(.badValue) { try gallery.search(probes: one, topK: topK, model: model()) }
    }
    #expect(try gallery.search(probes: one, topK: 1000, model: model()).candidates[0].count == 1)
  }

  @Test func anotherModelsTemplatesAreNeverCompared() throws {
    let gallery = try SQLiteGallery(path: nil)
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    try gallery.enroll("anna", [one], model: model())
    let search = expectError(.modelMismatch) { try gallery.search(probes: one, topK: 1, model: model(letter: "b")) }
    #expect(search?.message.contains("model-a") == true)
    #expect(search?.message.contains("model-b") == true)
    expectError(.modelMismatch) { try gallery.enroll("anna", [one], model: model(letter: "b")) }
    // The same weights cannot give vectors of another length.
    expectError(.modelMismatch) { try gallery.enroll("anna", [[1, 0]], model: model(2)) }
    expectError(.modelMismatch) { try gallery.index(for: model(2)) }
    // A gallery that is being re-embedded serves each model with its own templates.
    try gallery.enroll("bob", [[0, 1, 0, 0, 0, 0, 0, 0]], model: model(letter: "b"), allowsNewModel: true)
    #expect(try gallery.search(probes: one, topK: 9, model: model()).candidates[0].map(\.subject) == ["anna"])
    let other = try gallery.search(probes: one, topK: 9, model: model(letter: "b")).candidates[0]
    #expect(other.map(\.subject) == ["bob"])
    #expect(other[0].score == 0)
    #expect(try gallery.counts().models.map(\.templates) == [1, 1])
    try gallery.remove("bob")
    expectError(.modelMismatch) { try gallery.search(probes: one, topK: 1, model: model(letter: "b")) }
  }

  @Test func theNearestOtherSubjectIsFound() throws {
    let gallery = try SQLiteGallery(path: nil)
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    try gallery.enroll("anna", [one], model: model())
    try gallery.enroll("bob", [[0.9, 0.1, 0, 0, 0, 0, 0, 0]], model: model())
    try gallery.enroll("carl", [[0, 0, 1, 0, 0, 0, 0, 0]], model: model())
    #expect(try gallery.nearestOtherSubject(to: one, excluding: "anna", model: model())?.subject == "bob")
    #expect(try gallery.nearestOtherSubject(to: one, excluding: "bob", model: model())?.subject == "anna")
    #expect(try gallery.nearestOtherSubject(to: one, excluding: "nobody", model: model())?.subject == "anna")
  }
}
