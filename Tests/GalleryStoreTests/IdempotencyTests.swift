import Foundation
import Synchronization
import Testing

@testable import GalleryStore

@Suite struct IdempotencyTests {
  let one: [Float] = [1, 0, 0, 0, 0, 0, 0, 0]

  @Test(arguments: [true, false]) func aRepeatIsAnsweredWithTheFirstAnswer(inMemory: Bool) throws {
    let folder = try TemporaryFolder()
    let gallery = try SQLiteGallery(path: inMemory ? nil : folder.gallery)
    let first = try gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k1"))
    #expect(!first.replayed)
    #expect(first.generation == 1)
    let second = try gallery.write(key: IdempotencyKey("k1")) { _ -> (result: Int, response: [UInt8]) in
      Issue.record("the body ran again")
      return (0, [])
    }
    #expect(second.replayed)
    #expect(second.response == Array("anna: 1".utf8))
    #expect(second.generation == 1)
    #expect(try gallery.generation() == 1)
    #expect(try gallery.counts().templates == 1)
  }

  @Test func anotherProcessSeesTheKey() throws {
    let folder = try TemporaryFolder()
    let first = try SQLiteGallery(path: folder.gallery)
    let second = try SQLiteGallery(path: folder.gallery)
    try first.enroll("anna", [one], model: model(), key: IdempotencyKey("k1"))
    #expect(try second.enroll("anna", [one], model: model(), key: IdempotencyKey("k1")).replayed)
    #expect(try second.counts().templates == 1)
  }

  @Test func aKeyIsForOneRequest() throws {
    let gallery = try SQLiteGallery(path: nil)
    try gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k1"))
    expectError(.keyReused) {
      try gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k1", method: "subjects.remove"))
    }
    expectError(.keyReused) {
      try gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k1", request: "other"))
    }
    #expect(try gallery.generation() == 1)
  }

  @Test func aFailedWriteLeavesNothing() throws {
    struct Stop: Error {}
    let gallery = try SQLiteGallery(path: nil)
    #expect(throws: Stop.self) {
      _ = try gallery.write(key: IdempotencyKey("k1")) { transaction -> (result: Int, response: [UInt8]) in
        _ = try transaction.enroll(Enrollment(subject: "anna", model: model(), templates: []))
        throw Stop()
      }
    }
    #expect(try gallery.counts().subjects == 0)
    #expect(try gallery.generation() == 0)
    // The key is free: the retry does the work.
    #expect(try !gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k1")).replayed)
  }

  @Test func aFailedOperationIsUndoneAloneWhenTheBodyGoesOn() throws {
    var limits = GalleryLimits()
    limits.templatesPerSubject = 2
    let gallery = try SQLiteGallery(path: nil, limits: limits)
    let many = (0..<3).map { _ in NewTemplate(embedding: one, quality: 1) }
    _ = try gallery.write { transaction in
      expectError(.badValue) {
        _ = try transaction.enroll(Enrollment(subject: "too many", model: model(), templates: many))
      }
      _ = try transaction.enroll(Enrollment(subject: "anna", model: model(), templates: [many[0]]))
      return (0, [])
    }
    #expect(try gallery.subjects().subjects.map(\.id) == ["anna"])
    #expect(try gallery.counts().templates == 1)
    #expect(try gallery.integrityCheck() == [])
  }

  @Test func oldKeysAreDropped() throws {
    var limits = GalleryLimits()
    limits.keyAgeMilliseconds = 1000
    let shared = SharedTime(0)
    let aging = try SQLiteGallery(path: nil, limits: limits, clock: { shared.now })
    try aging.enroll("anna", [one], model: model(), key: IdempotencyKey("k1"))
    shared.advance(1000)
    #expect(try aging.enroll("anna", [one], model: model(), key: IdempotencyKey("k1")).replayed)
    shared.advance(1)
    try aging.enroll("anna", [one], model: model(), key: IdempotencyKey("k2"))
    #expect(try !aging.enroll("anna", [one], model: model(), key: IdempotencyKey("k1")).replayed)
  }

  @Test func onlySoManyKeysAreKept() throws {
    var limits = GalleryLimits()
    limits.keyCount = 5
    let gallery = try SQLiteGallery(path: nil, limits: limits)
    for index in 0..<12 {
      try gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k\(index)"))
    }
    let kept = try gallery.read { (connection, _) throws(GalleryError) in
      try connection.first("SELECT count(*) FROM keys") { $0.int(0) }
    }
    #expect(kept == 5)
    #expect(try gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k11")).replayed)
    #expect(try !gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k0")).replayed)
    #expect(try gallery.integrityCheck() == [])
  }

  @Test func keysAreBounded() throws {
    let gallery = try SQLiteGallery(path: nil)
    let keys = [
      IdempotencyKey(key: "", method: "m", fingerprint: [1]),
      IdempotencyKey(key: String(repeating: "k", count: 257), method: "m", fingerprint: [1]),
      IdempotencyKey(key: "k", method: "", fingerprint: [1]),
      IdempotencyKey(key: "k", method: "m", fingerprint: []),
      IdempotencyKey(key: "k", method: "m", fingerprint: Array(repeating: 1, count: 65)),
    ]
    for key in keys {
      expectError(.badValue) { try gallery.write(key: key) { _ in (0, []) } }
    }
    expectError(.badValue) {
      try gallery.write(key: IdempotencyKey("k")) { _ in (0, Array(repeating: 0, count: 1 << 20 + 1)) }
    }
    #expect(try gallery.generation() == 0)
  }

  @Test func anErasedAnswerIsNotReplayedAndNotRedone() throws {
    let gallery = try SQLiteGallery(path: nil)
    try gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k1"))
    let receipt = try gallery.remove("anna", key: IdempotencyKey("k2", method: "subjects.remove"))
    #expect(receipt.result == RemovalReceipt(templates: 1, crops: 0, answers: 1))
    expectError(.subjectNotFound) { try gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k1")) }
    #expect(try gallery.counts().subjects == 0)
    let again = try gallery.remove("anna", key: IdempotencyKey("k2", method: "subjects.remove"))
    #expect(again.replayed)
    #expect(again.walTruncated == true)
  }

  @Test func answersFollowRenamesMergesAndMentions() throws {
    let gallery = try SQLiteGallery(path: nil)
    try gallery.enroll("anna", [one], model: model(), key: IdempotencyKey("k1"))
    _ = try gallery.write { transaction in (try transaction.rename("anna", to: "anne"), []) }
    try gallery.enroll("bob", [one], model: model(), key: IdempotencyKey("k2"))
    _ = try gallery.write { transaction in (try transaction.merge(from: ["anne"], into: "bob"), []) }
    try gallery.enroll("carl", [one], model: model(), key: IdempotencyKey("k3"))
    _ = try gallery.write(key: IdempotencyKey("k4")) { transaction in
      try transaction.answerMentions("bob")
      try transaction.answerMentions("nobody")
      let enrollment = Enrollment(subject: "dora", model: model(), templates: [])
      return (try transaction.enroll(enrollment), Array("like bob".utf8))
    }
    #expect(try gallery.remove("bob").result?.answers == 3)
    for key in ["k1", "k2", "k4"] {
      expectError(.subjectNotFound) { try gallery.enroll("x", [one], model: model(), key: IdempotencyKey(key)) }
    }
    #expect(try gallery.enroll("carl", [one], model: model(), key: IdempotencyKey("k3")).replayed)
  }
}

/// A clock that moves when told.
final class SharedTime: Sendable {
  private let time: Mutex<Timestamp>

  init(_ time: Timestamp) { self.time = Mutex(time) }

  var now: Timestamp { time.withLock { $0 } }

  func advance(_ milliseconds: Timestamp) { time.withLock { $0 += milliseconds } }
}
