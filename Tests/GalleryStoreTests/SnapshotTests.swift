import Foundation
import Testing

@testable import GalleryStore

/// Searches always see the gallery as it is, whoever changed it, and grown snapshots equal loaded ones.
@Suite struct SnapshotTests {
  private func describe(_ index: GalleryIndex) -> [String] {
    index.subjects.indices.map { position in
      let subject = index.subjects[position]
      let rows = subject.rows.map { row in index.templates.withRow(Int(row)) { Array($0) } }
      return "\(subject.id) \(subject.name ?? "-") \(rows) \(index.withPrototype(position) { Array($0) })"
    }.sorted()
  }

  @Test(arguments: [1, 2, 3], [true, false]) func aGrownSnapshotEqualsALoadedOne(seed: Int, inMemory: Bool) throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: inMemory ? nil : folder.gallery)
    var random = SeededGenerator(seed: UInt64(seed))
    for step in 0..<150 {
      let subject = "s\(Int.random(in: 0..<8, using: &random))"
      let other = "s\(Int.random(in: 0..<8, using: &random))"
      switch Int.random(in: 0..<12, using: &random) {
      case 0: _ = try? gallery.remove(subject)
      case 1: _ = try? gallery.write { (try $0.rename(subject, to: other), []) }
      case 2: _ = try? gallery.write { (try $0.merge(from: [subject], into: other), []) }
      case 3: _ = try? gallery.write { (try $0.rename(subject, name: "name \(step)"), []) }
      default:
        try gallery.enroll(
          subject, (0..<Int.random(in: 1...4, using: &random)).map { _ in random.direction(8) }, model: model(),
          name: Bool.random(using: &random) ? "name \(step % 3)" : nil)
      }
      if try gallery.counts().templates == 0 { continue }
      let held = try gallery.index(for: model())
      #expect(held.generation == (try gallery.generation()))
      let loaded = try gallery.read { (connection, _) throws(GalleryError) in
        var cache = IndexCache()
        return try cache.index(for: model(), connection)
      }
      #expect(describe(held) == describe(loaded), "step \(step)")
    }
  }

  @Test func aChangeByAnotherProcessIsSeenAtOnce() throws {
    let folder = try TemporaryFolder()
    let here = try SQLiteGallery(path: folder.gallery)
    let there = try SQLiteGallery(path: folder.gallery)
    let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]
    #expect(try here.search(probes: one, topK: 1, model: model()).candidates == [[]])
    try there.enroll("anna", [one], model: model())
    #expect(try here.search(probes: one, topK: 1, model: model()).candidates[0].first?.subject == "anna")
    _ = try there.write { (try $0.rename("anna", to: "anne", name: "Anne"), []) }
    #expect(try here.search(probes: one, topK: 1, model: model()).candidates[0].first?.name == "Anne")
    try there.remove("anne")
    let (candidates, generation) = try here.search(probes: one, topK: 1, model: model())
    #expect(candidates == [[]])
    #expect(generation == 3)
  }

  @Test func aSnapshotInUseDoesNotChange() throws {
    let gallery = try SQLiteGallery(path: nil)
    var random = SeededGenerator(seed: 9)
    try gallery.enroll("anna", [random.direction(8)], model: model())
    let before = try gallery.index(for: model())
    let described = describe(before)
    try gallery.enroll("anna", [random.direction(8)], model: model())
    try gallery.enroll("bob", [random.direction(8)], model: model())
    #expect(try gallery.index(for: model()).templateCount == 3)
    #expect(describe(before) == described)
    #expect(before.templateCount == 1)
  }

  @Test func enrollingAndSearchingInTurnIsNotQuadratic() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    var random = SeededGenerator(seed: 13)
    let probe = random.direction(128)
    // A large gallery first: what comes after must not pay for it.
    for batch in 0..<20 {
      _ = try gallery.write { transaction in
        for index in 0..<25 {
          let templates = (0..<20).map { _ in NewTemplate(embedding: random.direction(128), quality: 1) }
          _ = try transaction.enroll(
            Enrollment(subject: "s\(batch)-\(index)", model: model(128), templates: templates))
        }
        return (0, [])
      }
    }
    _ = try gallery.index(for: model(128))
    let clock = ContinuousClock()
    var loads = Duration.zero
    for index in 0..<200 {
      try gallery.enroll("new-\(index)", [random.direction(128)], model: model(128))
      loads += try clock.measure { _ = try gallery.index(for: model(128)) }
    }
    #expect(try gallery.search(probes: probe, topK: 1, model: model(128)).generation == 220)
    #expect(try gallery.index(for: model(128)).templateCount == 10_200)
    let full = try clock.measure {
      try gallery.read { (connection, _) throws(GalleryError) in
        var cache = IndexCache()
        _ = try cache.index(for: model(128), connection)
      }
    }
    print("gallery of 10,200: one appended template \(loads / 200), everything anew \(full)")
    #expect(loads / 200 < full / 10)
  }

  /// 100,000 templates within a second; without optimisation a smaller gallery shows only that it works.
  @Test func aLargeGalleryLoadsFast() throws {
    #if DEBUG
      let subjects = 200
    #else
      let subjects = 10_000
    #endif
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    var random = SeededGenerator(seed: 17)
    _ = try gallery.write { transaction in
      for index in 0..<subjects {
        let templates = (0..<10).map { _ in NewTemplate(embedding: random.direction(128), quality: 1) }
        _ = try transaction.enroll(Enrollment(subject: "s\(index)", model: model(128), templates: templates))
      }
      return (0, [])
    }
    let clock = ContinuousClock()
    let load = try clock.measure { _ = try gallery.index(for: model(128)) }
    let probe = random.direction(128)
    let search = try clock.measure {
      for _ in 0..<10 { _ = try gallery.search(probes: probe, topK: 5, model: model(128)) }
    }
    let batch = try clock.measure {
      let probes = (0..<32).flatMap { _ in probe }
      _ = try gallery.search(probes: probes, topK: 5, model: model(128))
    }
    print("gallery of \(subjects * 10) x 128: loaded in \(load), one search \(search / 10), 32 at once \(batch)")
    #expect(try gallery.index(for: model(128)).templateCount == subjects * 10)
    #expect(load < .seconds(1))
    let start = clock.now
    #expect(try gallery.remove("s7").walTruncated == true)
    print("one removal from it \(start.duration(to: clock.now))")
  }
}
