import Protocol
import TestSupport
import Testing

@testable import WorkerService

@Suite struct SessionQueueTests {
  @Test func refusesWhatDoesNotFitIntoTheQueue() throws {
    let harness = try SessionHarness {
      $0.executors = 1
      $0.limits.maxPending = 2
    }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.waitForBlocked(1)
    for id in 2...4 { try harness.host.request(UInt64(id), "subjects.get", ["subject": "x"]) }
    let error = try harness.host.error(4)
    #expect(error.code == .busy)
    #expect(error.retry == .later)
    #expect((5...30_000).contains(error.retryAfterMs ?? 0))
    try harness.host.cancel(3)
    #expect(try harness.host.error(3).code == .cancelled)
    try harness.host.request(5, "subjects.get", ["subject": "x"])
    harness.gate.open()
    for id in [1, 2, 5] as [UInt64] { _ = try harness.host.reply(id, SubjectsGet.self) }
  }

  /// Whoever could not be served in time is told at once, and when to come back; everybody else waits.
  @Test func refusesWhatWouldBeTooLate() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.waitForBlocked(1)
    try harness.host.request(2, "subjects.get", ["subject": "x"], deadlineMs: 60_000)
    try harness.host.request(3, "subjects.get", ["subject": "x"], deadlineMs: 60_000)
    try harness.host.request(9, "ping")
    _ = try harness.host.terminal(9)
    // Measured after them: a queue that nothing is known of refuses nobody.
    for _ in 0..<3 { harness.session.metrics.served(milliseconds: 100_000) }
    try harness.host.request(4, "subjects.get", ["subject": "x"], deadlineMs: 250_000)
    let error = try harness.host.error(4)
    #expect(error.code == .busy && error.retry == .later)
    #expect(error.details["reason"] == "deadline")
    #expect(error.retryAfterMs == 30_000)
    try harness.host.request(5, "subjects.get", ["subject": "x"], deadlineMs: 350_000)
    try harness.host.request(6, "subjects.get", ["subject": "x"])
    harness.gate.open()
    for id in [1, 2, 3, 5, 6] as [UInt64] { _ = try harness.host.reply(id, SubjectsGet.self) }
  }

  @Test func boundsTheBytesOfTheQueue() throws {
    let harness = try SessionHarness {
      $0.executors = 1
      $0.limits.maxPendingBytes = 1_000
    }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.waitForBlocked(1)
    try harness.host.request(2, "detect", attachments: Array(repeating: 1, count: 5_000))
    try harness.host.request(3, "subjects.get", ["subject": "x"])
    #expect(try harness.host.error(3).code == .busy)
    harness.gate.open()
    _ = try harness.host.reply(2, Detect.self)
    try harness.host.request(4, "subjects.get", ["subject": "x"])
    _ = try harness.host.reply(4, SubjectsGet.self)
  }

  @Test func serializesInOrderOfArrivalWithOneExecutor() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    for id in 1...50 { try harness.host.request(UInt64(id), "subjects.get", ["subject": "x"]) }
    harness.host.closeInput()
    try harness.host.readToEnd()
    #expect(harness.host.frames.filter(\.kind.isTerminal).map(\.id.value) == Array(1...50))
  }

  @Test func cancelsWaitingRequestsAtOnceAndRunningOnesAtACheckpoint() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try harness.host.request(1, "subjects.get", ["subject": "gateThenCheck"])
    try harness.waitForBlocked(1)
    try harness.host.request(2, "subjects.get", ["subject": "x"])
    try harness.host.cancel(2)
    #expect(try harness.host.error(2).code == .cancelled, "while the executor is still busy")
    try harness.host.cancel(1)
    try harness.host.cancel(999)
    try harness.host.cancel(2)
    try harness.host.request(3, "ping")
    _ = try harness.host.reply(3, Ping.self)
    #expect(harness.host.terminals[1] == nil, "running work goes on until it looks")
    harness.gate.open()
    #expect(try harness.host.error(1).code == .cancelled)
    try harness.host.request(4, "subjects.get", ["subject": "x"])
    _ = try harness.host.reply(4, SubjectsGet.self)
    harness.host.closeInput()
    try harness.host.readToEnd()
    #expect(harness.host.terminals == [1: 1, 2: 1, 3: 1, 4: 1])
  }

  @Test func takesACancelWithoutJSON() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.waitForBlocked(1)
    try harness.host.request(2, "subjects.get", ["subject": "x"])
    let id = try #require(RequestID(2))
    try harness.host.send(FrameEncoder().encode(Frame(kind: .cancel, id: id, json: "")))
    #expect(try harness.host.error(2).code == .cancelled)
    harness.gate.open()
    try harness.host.request(3, "subjects.get", ["subject": "x"])
    try harness.host.send(FrameEncoder().encode(Frame(kind: .cancel, id: id, json: "not JSON")))
    _ = try harness.host.reply(3, SubjectsGet.self)
  }

  @Test func answersExpiredRequestsBeforeTheirTurn() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.waitForBlocked(1)
    let start = ContinuousClock.now
    try harness.host.request(2, "subjects.get", ["subject": "x"], deadlineMs: 5_000)
    try harness.host.request(3, "subjects.get", ["subject": "x"], deadlineMs: 50)
    #expect(try harness.host.error(3).code == .deadlineExceeded)
    let waited = ContinuousClock.now - start
    #expect(waited >= .milliseconds(49))
    #expect(waited < .milliseconds(4_000))
    harness.gate.open()
    _ = try harness.host.reply(2, SubjectsGet.self)
    try harness.host.request(4, "subjects.get", ["subject": "spin"], deadlineMs: 30)
    #expect(try harness.host.error(4).code == .deadlineExceeded)
  }

  /// Many requests, cancels at random moments, short deadlines, a small queue: every id gets exactly one answer.
  @Test func answersEveryRequestExactlyOnce() throws {
    let harness = try SessionHarness {
      $0.executors = 3
      $0.limits.maxPending = 20
    }
    var random = SeededGenerator(seed: 9)
    let count: UInt64 = 2_000
    for id in 1...count {
      switch Int.random(in: 0..<6, using: &random) {
      case 0: try harness.host.request(id, "ping")
      case 1: try harness.host.request(id, "subjects.get", ["subject": "spin"], deadlineMs: 2)
      case 2:
        try harness.host.request(id, "detect", descriptors: [.init(length: 1), .init(length: 1)], attachments: [1, 2])
      case 3: try harness.host.request(id, text: "{")
      case 4: try harness.host.request(id, "status")
      default: try harness.host.request(id, "subjects.get", ["subject": "x"], deadlineMs: 1)
      }
      if Bool.random(using: &random) { try harness.host.cancel(UInt64.random(in: 1...id, using: &random)) }
      if id % 50 == 0 { _ = try harness.host.terminal(id) }
    }
    harness.host.closeInput()
    try harness.host.readToEnd()
    #expect(harness.host.terminals.count == Int(count))
    #expect(harness.host.terminals.values.allSatisfy { $0 == 1 })
    #expect(try harness.status() == 0)
    let load = harness.session.board.load
    #expect(load == (0, 0, 0))
  }
}
