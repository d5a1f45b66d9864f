import Foundation
import Synchronization
import Testing

@testable import GalleryStore

@Suite struct ConcurrencyTests {
  @Test func twoGalleriesOnOneFileLoseNothing() throws {
    let folder = try TemporaryFolder()
    let galleries = [try SQLiteGallery(path: folder.gallery), try SQLiteGallery(path: folder.gallery)]
    let generations = Mutex<[Int]>([])
    let failures = Mutex<[String]>([])
    inParallel(4) { thread in
      let gallery = galleries[thread % 2]
      var random = SeededGenerator(seed: UInt64(thread))
      for index in 0..<50 {
        do {
          let embedding = random.direction(16)
          let subject = "s\(thread)-\(index)"
          let outcome = try gallery.enroll(subject, [embedding], model: model(16))
          generations.withLock { $0.append(outcome.generation) }
          // What one acknowledged is seen by the other's next search.
          let other = galleries[(thread + 1) % 2]
          let (candidates, generation) = try other.search(probes: embedding, topK: 1, model: model(16))
          if candidates[0].first?.subject != subject || generation < outcome.generation {
            failures.withLock { $0.append("\(subject) not seen at \(generation)") }
          }
        } catch {
          failures.withLock { $0.append("\(error)") }
        }
      }
    }
    #expect(failures.withLock { $0 } == [])
    #expect(generations.withLock { $0.sorted() } == Array(1...200))
    #expect(try galleries[0].generation() == 200)
    #expect(try galleries[1].counts().subjects == 200)
    #expect(try galleries[0].integrityCheck() == [])
  }

  @Test func aKeyUsedByAllAtOnceIsDoneOnce() throws {
    let folder = try TemporaryFolder()
    let galleries = [try SQLiteGallery(path: folder.gallery), try SQLiteGallery(path: folder.gallery)]
    let performed = Atomic(0)
    inParallel(16) { thread in
      do {
        let outcome = try galleries[thread % 2].enroll(
          "anna", [[1, 0, 0, 0, 0, 0, 0, 0]], model: model(), key: IdempotencyKey("k"))
        if !outcome.replayed { performed.add(1, ordering: .relaxed) }
      } catch {
        Issue.record(error)
      }
    }
    #expect(performed.load(ordering: .relaxed) == 1)
    #expect(try galleries[0].counts().templates == 1)
  }

  @Test func readersDoNotWaitForAnothersWrite() throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: folder.gallery)
    try gallery.enroll("anna", [[1, 0, 0, 0, 0, 0, 0, 0]], model: model())
    let other = try SQLiteConnection(path: folder.gallery, readOnly: false, busyTimeoutMilliseconds: 1000)
    try other.run("BEGIN IMMEDIATE")
    try other.run("UPDATE subjects SET name = 'half done'")
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try gallery.subjects().subjects.map(\.name) == [nil])
    #expect(try gallery.search(probes: [1, 0, 0, 0, 0, 0, 0, 0], topK: 1, model: model()).candidates[0].count == 1)
    let elapsed = start.duration(to: clock.now)
    #expect(elapsed < .seconds(2))
    try other.run("ROLLBACK")
  }

  @Test func aLockHeldTooLongIsATransientFailure() throws {
    let folder = try TemporaryFolder()
    var limits = GalleryLimits()
    limits.busyTimeoutMilliseconds = 50
    let gallery = try SQLiteGallery(path: folder.gallery, limits: limits)
    let other = try SQLiteConnection(path: folder.gallery, readOnly: false, busyTimeoutMilliseconds: 1000)
    try other.run("BEGIN IMMEDIATE")
    let error = expectError(.storageFailed) {
      try gallery.enroll("anna", [[1, 0, 0, 0, 0, 0, 0, 0]], model: model())
    }
    #expect(error?.isTransient == true)
    try other.run("ROLLBACK")
    try gallery.enroll("anna", [[1, 0, 0, 0, 0, 0, 0, 0]], model: model())
  }
}
