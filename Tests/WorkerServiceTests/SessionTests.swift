import Protocol
import TestSupport
import Testing

@testable import WorkerService

@Suite struct SessionTests {
  @Test func saysReadyFirst() throws {
    let harness = try SessionHarness { $0.limits.maxPending = 5 }
    let frame = try #require(try harness.host.next())
    #expect(frame.kind == .ready)
    #expect(frame.id == .connection)
    let ready = try WireJSON.decode(Ready.self, from: frame.json)
    #expect(ready.protocol == 1)
    #expect(ready.limits.maxPending == 5)
    #expect(
      ready.methods == [
        "detect", "enroll", "gallery.reembed", "ping", "shutdown", "status", "stream.frame", "stream.learn",
        "subjects.get", "verify",
      ])
    harness.host.closeInput()
    #expect(try harness.status() == 0)
  }

  @Test func answersPing() throws {
    let harness = try SessionHarness()
    try harness.host.request(1, "ping")
    let reply = try harness.host.reply(1, Ping.self)
    #expect(reply.generation == 42)
    #expect(reply.timing.totalMs < 5_000)
    #expect(reply.replayed == nil)
  }

  @Test func answersPingAndStatusWhileEveryExecutorIsBusy() throws {
    let harness = try SessionHarness()
    for id in 1...4 { try harness.host.request(UInt64(id), "subjects.get", ["subject": "gate"]) }
    try harness.waitForBlocked(2)
    try harness.host.request(5, "ping")
    _ = try harness.host.reply(5, Ping.self)
    try harness.host.request(6, "status")
    let status = try harness.host.reply(6, Status.self).result
    #expect(status.queue.running == 2)
    #expect(status.queue.pending == 2)
    #expect(status.gallery.subjects == 3)
    #expect(status.residentBytes > 1_000_000)
    #expect(status.counters.received == 6)
    #expect(status.methods["ping"]?.count == 1)
    harness.gate.open()
    for id in 1...4 { #expect(try harness.host.reply(UInt64(id), SubjectsGet.self).result.subject == "gate") }
  }

  @Test(arguments: [
    (#"{"method":"fly"}"#, ErrorCode.unknownMethod, "There is no method \"fly\"."),
    (#"{"method":"#, .badJSON, "The JSON ends where a value should be, at byte 10 of the JSON."),
    (#"[]"#, .badJSON, "The JSON must be one object, found an array."),
    (#""#, .badJSON, "The JSON is empty, at byte 0 of the JSON."),
    (#"{"method":"subjects.get"}"#, .badParams, "params.subject is required and must be a string."),
    (#"{"method":"detect"}"#, .badParams, "detect needs at least one image as an attachment."),
    (#"{"method":"ping","params":[]}"#, .badParams, "params must be an object, found an array."),
    (#"{"method":"status","attachments":[{"path":"x"}]}"#, .badParams, "status takes no attachments, found 1."),
    (#"{"method":"subjects.get","params":{"subject":"missing"}}"#, .subjectNotFound, "No subject has that id."),
    (#"{"method":"subjects.get","params":{"subject":"known"}}"#, .storageFailed, "The disk is full."),
    (
      #"{"method":"subjects.get","params":{"subject":"surprise"}}"#, .internal,
      "The worker failed with an unexpected Surprise."
    ),
    (
      #"{"method":"subjects.get","params":{"subject":"nan"}}"#, .internal, "An answer could not be written as JSON."
    ),
    (
      #"{"method":"detect","attachments":[{"path":"/etc/passwd"}]}"#, .pathNotAllowed,
      "The path of attachment image is not below a folder given with --allow-path."
    ),
  ])
  func answersEachRequestItsOwnError(text: String, code: ErrorCode, message: String) throws {
    let harness = try SessionHarness()
    try harness.host.request(1, text: text)
    let error = try harness.host.error(1)
    #expect(error.code == code)
    #expect(error.message == message)
    try harness.host.request(1, "ping")
    _ = try harness.host.reply(1, Ping.self)
    harness.host.closeInput()
    #expect(try harness.status() == 0)
  }

  @Test func skipsTwoMebibytesOfJSONAndGoesOn() throws {
    let harness = try SessionHarness()
    let text = #"{"method":"ping","x":"\#(String(repeating: "x", count: 2_097_152))"}"#
    let encoder = FrameEncoder(limits: Limits(maxJSON: 4_000_000))
    let id = try #require(RequestID(1))
    try harness.host.send(encoder.encode(Frame(kind: .request, id: id, json: text)))
    let error = try harness.host.error(1)
    #expect(error.code == .badJSON)
    #expect(error.message.contains("\(text.utf8.count)"))
    #expect(error.message.contains("1048576"))
    try harness.host.request(2, "ping")
    _ = try harness.host.reply(2, Ping.self)
  }

  @Test func refusesAnAnswerThatDoesNotFit() throws {
    let harness = try SessionHarness()
    try harness.host.request(1, "subjects.get", ["subject": "huge"])
    let error = try harness.host.error(1)
    #expect(error.code == .badParams)
    #expect(error.message.contains("at most 1048576 can be sent"))
  }

  @Test func streamsOneEventAnImageBeforeTheResult() throws {
    let harness = try SessionHarness()
    try harness.host.request(
      1, "detect",
      descriptors: [.init(name: "x", length: 2), .init(name: "bad", path: "/nowhere"), .init(name: "y", length: 1)],
      attachments: [7, 8, 9])
    let reply = try harness.host.reply(1, Detect.self)
    #expect(reply.result == .many(ImageCounts(images: 3, succeeded: 2, failed: 1, faceCount: 0)))
    #expect(reply.timing.decodeMs != nil)
    #expect(reply.timing.detectMs == nil)
    let events = try harness.host.frames.filter { $0.kind == .event }.map {
      try WireJSON.decode(ImageEvent.self, from: $0.json)
    }
    #expect(events.map(\.index) == [0, 1, 2])
    #expect(events.map(\.name) == ["x", "bad", "y"])
    #expect(events[0].image == ImageSize(width: 2, height: 7))
    #expect(events[1].error?.code == .pathNotAllowed)
    #expect(events[2].image == ImageSize(width: 1, height: 9))
  }

  @Test func repeatsTheFirstAnswerOfAKey() throws {
    let harness = try SessionHarness()
    try harness.host.request(1, "enroll", ["subject": "ada"], key: "k", attachments: [1])
    try harness.host.request(2, "enroll", ["subject": "ada"], key: "other", attachments: [1])
    let first = try harness.host.reply(1, Enroll.self)
    #expect(first.replayed == nil)
    #expect(first.generation == 7)
    try harness.host.request(3, "enroll", ["subject": "ada"], key: "k", attachments: [1])
    let second = try harness.host.reply(3, Enroll.self)
    #expect(second.replayed == true)
    #expect(second.result == first.result)
    #expect(second.generation == 7)
    #expect(try harness.host.reply(2, Enroll.self).replayed == nil)
  }

  @Test func givesEqualRequestsEqualFingerprints() throws {
    let harness = try SessionHarness()
    func fingerprint(_ id: UInt64, _ text: String) throws -> String {
      try harness.host.request(id, text: text)
      return try harness.host.reply(id, SubjectsGet.self).result.subject
    }
    let first = try fingerprint(1, #"{"method":"subjects.get","params":{"subject":"fingerprint"}}"#)
    let second = try fingerprint(2, #"{ "params" : {"subject":"finger\u0070rint","x":1}, "method":"subjects.get"}"#)
    #expect(first == second)
    #expect(first.count == 64)
  }

  @Test func worksOneByteAtATime() throws {
    let harness = try SessionHarness()
    let bytes =
      try harness.host.bytes(1, "ping")
      + harness.host.bytes(2, "detect", attachments: [1, 2, 3]) + harness.host.bytes(3, "fly")
    for byte in bytes { try harness.host.send([byte]) }
    _ = try harness.host.reply(1, Ping.self)
    #expect(
      try harness.host.reply(2, Detect.self).result == .one(ImageFaces(image: .init(width: 3, height: 1), faces: [])))
    #expect(try harness.host.error(3).code == .unknownMethod)
  }

  @Test func allowsAnIDAgainAfterItsAnswer() throws {
    let harness = try SessionHarness()
    for round in 0..<200 {
      try harness.host.request(1, "subjects.get", ["subject": .string("s\(round)")])
      #expect(try harness.host.reply(1, SubjectsGet.self).result.subject == "s\(round)")
    }
  }
}
