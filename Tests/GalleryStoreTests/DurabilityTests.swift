import Foundation
import Synchronization
import Testing

@testable import GalleryStore

@Suite struct DurabilityTests {
  /// Cuts the log where a crash might have, at any byte: what was acknowledged before that byte must be there, and
  /// what is there must be sound.
  @Test func aLogCutAnywhereKeepsWhatWasAcknowledged() throws {
    let folder = try TemporaryFolder()
    var limits = GalleryLimits()
    limits.checkpointPages = 0
    let gallery = try SQLiteGallery(path: folder.gallery, limits: limits)
    var random = SeededGenerator(seed: 23)
    let log = folder.gallery + "-wal"
    var ends: [Int] = []
    for index in 0..<40 {
      try gallery.enroll(
        "s\(index)", [random.direction(64), random.direction(64)], model: model(64), key: IdempotencyKey("k\(index)"))
      ends.append(GalleryFile.size(log))
    }
    let file = try Data(contentsOf: URL(fileURLWithPath: folder.gallery))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: log))
    #expect(ends == ends.sorted() && ends.last == bytes.count)
    for trial in 0..<60 {
      let cut = trial == 0 ? bytes.count : Int.random(in: 0...bytes.count, using: &random)
      let copy = folder.path + "/cut-\(trial).sqlite"
      try file.write(to: URL(fileURLWithPath: copy))
      try bytes.prefix(cut).write(to: URL(fileURLWithPath: copy + "-wal"))
      let reopened = try SQLiteGallery(path: copy)
      let acknowledged = ends.count { $0 <= cut }
      let counts = try reopened.counts()
      #expect(counts.subjects == acknowledged)
      #expect(counts.templates == 2 * acknowledged)
      #expect(counts.generation == acknowledged)
      #expect(try reopened.integrityCheck() == [])
      // The retry of the write that was cut off is done once, that of an acknowledged one not again.
      for index in [acknowledged - 1, acknowledged] where ends.indices.contains(index) {
        let outcome = try reopened.enroll(
          "s\(index)", [random.direction(64)], model: model(64), key: IdempotencyKey("k\(index)"))
        #expect(outcome.replayed == (index < acknowledged))
      }
    }
  }

  /// Copies file and log at random moments while another thread writes, as a crash at that moment would leave them.
  @Test func aCopyMadeDuringWritesIsSound() throws {
    let folder = try TemporaryFolder()
    var limits = GalleryLimits()
    limits.checkpointPages = 0
    let gallery = try SQLiteGallery(path: folder.gallery, limits: limits)
    let acknowledged = Atomic(0)
    let isDone = Atomic(false)
    let copies = Mutex<[(path: String, acknowledged: Int)]>([])
    inParallel(2) { role in
      var random = SeededGenerator(seed: UInt64(role + 1))
      do {
        if role == 0 {
          defer { isDone.store(true, ordering: .sequentiallyConsistent) }
          for index in 0..<150 {
            try gallery.enroll("s\(index)", [random.direction(64)], model: model(64))
            acknowledged.store(index + 1, ordering: .sequentiallyConsistent)
          }
        } else {
          while !isDone.load(ordering: .sequentiallyConsistent) {
            let copy = folder.path + "/copy-\(copies.withLock { $0.count }).sqlite"
            let known = acknowledged.load(ordering: .sequentiallyConsistent)
            for suffix in ["", "-wal"] {
              let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.gallery + suffix))
              try bytes.write(to: URL(fileURLWithPath: copy + suffix))
            }
            copies.withLock { $0.append((path: copy, acknowledged: known)) }
            Thread.sleep(forTimeInterval: Double.random(in: 0...0.01, using: &random))
          }
        }
      } catch {
        Issue.record(error)
      }
    }
    let made = copies.withLock { $0 }
    #expect(made.count > 2)
    for copy in made {
      let reopened = try SQLiteGallery(path: copy.path)
      let subjects = try reopened.subjects(limit: 1000).subjects
      #expect(Set(subjects.map(\.id)).isSuperset(of: (0..<copy.acknowledged).map { "s\($0)" }))
      #expect(try reopened.generation() == subjects.count)
      #expect(try reopened.integrityCheck() == [])
    }
  }

  @Test func aFullDiskFailsTheWriteAndNothingElse() throws {
    let folder = try TemporaryFolder()
    var limits = GalleryLimits()
    limits.pageCount = 60
    let gallery = try SQLiteGallery(path: folder.gallery, limits: limits)
    var random = SeededGenerator(seed: 29)
    var acknowledged = 0
    var failure: GalleryError?
    while failure == nil, acknowledged < 1000 {
      do {
        try gallery.enroll(
          "s\(acknowledged)", (0..<5).map { _ in random.direction(128) }, model: model(128),
          key: IdempotencyKey("k\(acknowledged)"))
        acknowledged += 1
      } catch let error as GalleryError {
        failure = error
      }
    }
    #expect(failure?.code == .storageFailed)
    #expect(failure?.message.contains("disk is full") == true)
    #expect(acknowledged > 10)
    #expect(try gallery.counts().subjects == acknowledged)
    #expect(try gallery.generation() == acknowledged)
    #expect(try gallery.integrityCheck() == [])
    #expect(try gallery.search(probes: random.direction(128), topK: 3, model: model(128)).candidates[0].count == 3)
    // Room again: the erasure itself works on a full disk, and the failed write can be repeated.
    for index in 0..<10 { #expect(try gallery.remove("s\(index)").walTruncated == true) }
    let retried = try gallery.enroll(
      "s\(acknowledged)", [random.direction(128)], model: model(128), key: IdempotencyKey("k\(acknowledged)"))
    #expect(!retried.replayed)
  }
}
