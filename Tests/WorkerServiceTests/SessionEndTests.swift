import Glibc
import Protocol
import TestSupport
import Testing

@testable import WorkerService

@Suite struct SessionEndTests {
  /// The times that PROTOCOL.md promises.
  @Test func keepsThePromisedTimes() {
    let configuration = SessionConfiguration(generation: { 0 }, status: { throw TestHandlers.Known() })
    #expect(configuration.stopLimitMs == 4_000)
    #expect(configuration.orphanLimitMs == 30_000)
    #expect(ParentWatch.interval <= 1_000)
    #expect(StdoutWriter.reserve == 1_048_576)
  }

  @Test func finishesEverythingAtTheEndOfInput() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    for id in 1...5 { try harness.host.request(UInt64(id), "subjects.get", ["subject": "gate"]) }
    try harness.waitForBlocked(1)
    harness.host.closeInput()
    harness.gate.open()
    try harness.host.readToEnd()
    #expect(harness.host.frames.filter { $0.kind == .result }.map(\.id.value) == [1, 2, 3, 4, 5])
    #expect(try harness.status() == 0)
  }

  @Test func shutsDownAfterEverythingSentBefore() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.host.request(2, "subjects.get", ["subject": "x"])
    try harness.waitForBlocked(1)
    try harness.host.request(3, "shutdown")
    try harness.host.request(4, "subjects.get", ["subject": "x"])
    let late = try harness.host.error(4)
    #expect(late.code == .busy)
    #expect(late.message.contains("stopping"))
    harness.gate.open()
    try harness.host.readToEnd()
    #expect(harness.host.frames.last?.id.value == 3)
    #expect(harness.host.frames.last?.kind == .result)
    #expect(harness.host.terminals == [1: 1, 2: 1, 3: 1, 4: 1])
    #expect(try harness.status() == 0)
  }

  @Test(
    arguments: [
      (Array("GET / HTTP/1.1\r\n".utf8), "GET / HTTP/1.1.."),
      ([0, 0, 0, 16, 0xFB], "00 00 00 10 FB"),
      ([0, 0, 0, 5], "00 00 00 05"),
    ] as [([UInt8], String)])
  func answersBadFramesAfterTheWorkAndExits65(bytes: [UInt8], quote: String) throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.host.request(2, "subjects.get", ["subject": "x"])
    try harness.waitForBlocked(1)
    try harness.host.send(bytes)
    try harness.host.send(Array(repeating: 0x41, count: 300_000))
    harness.gate.open()
    try harness.host.readToEnd()
    #expect(harness.host.frames.map(\.id.value) == [0, 1, 2, 0])
    let last = try #require(harness.host.frames.last)
    let error = try WireJSON.decode(ErrorBody.self, from: last.json).error
    #expect(error.code == .badFrame)
    #expect(error.message.contains(quote))
    #expect(try harness.status() == 65)
  }

  @Test func answersHalfAFrameAfterTheWork() throws {
    for length in [1, 4, 19, 20, 30] {
      let harness = try SessionHarness()
      try harness.host.request(1, "subjects.get", ["subject": "x"])
      try harness.host.send(Array(harness.host.bytes(2, "subjects.get", ["subject": "y"]).prefix(length)))
      harness.host.closeInput()
      try harness.host.readToEnd()
      #expect(harness.host.frames.map(\.id.value) == [0, 1, 0])
      #expect(try harness.status() == 65)
    }
  }

  @Test(arguments: [true, false])
  func losesTheConnectionWhenAnIDIsUsedTwice(isRunning: Bool) throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.waitForBlocked(1)
    try harness.host.request(2, "subjects.get", ["subject": "x"])
    try harness.host.request(isRunning ? 1 : 2, "ping")
    let error = try harness.host.error(isRunning ? 1 : 2)
    #expect(error.code == .badFrame)
    harness.gate.open()
    try harness.host.readToEnd()
    #expect(harness.host.terminals == [1: 1, 2: 1, 0: 1])
    #expect(harness.host.frames.last?.id == .connection)
    #expect(try harness.status() == 65)
  }

  @Test func stopsInTimeWhenTold() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.host.request(2, "subjects.get", ["subject": "x"])
    try harness.waitForBlocked(1)
    try harness.host.request(3, "ping")
    _ = try harness.host.terminal(3)
    harness.session.stop()
    #expect(try harness.host.error(2).code == .cancelled)
    try harness.host.request(4, "subjects.get", ["subject": "x"])
    #expect(try harness.host.error(4).code == .busy)
    harness.gate.open()
    #expect(try harness.host.reply(1, SubjectsGet.self).result.subject == "gate", "running work is finished")
    try harness.host.readToEnd()
    #expect(try harness.status() == 0)
  }

  @Test func leavesBehindWhatDoesNotEnd() throws {
    let harness = try SessionHarness { $0.stopLimitMs = 100 }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.host.request(2, "subjects.get", ["subject": "spin"])
    while harness.session.board.load.running < 2 { usleep(1_000) }
    harness.session.stop()
    try harness.host.readToEnd()
    #expect(try harness.host.error(1).code == .cancelled)
    #expect(try harness.host.error(2).code == .cancelled)
    #expect(try harness.status() == 0)
  }

  @Test func endsWhenNobodyReadsAnswers() throws {
    let harness = try SessionHarness()
    try harness.host.request(1, "subjects.get", ["subject": "spin"])
    _ = try harness.host.next()
    harness.host.closeOutput()
    #expect(try harness.status() == 74)
  }

  /// The parent stops reading: answers are held back, memory stays bounded, and nothing is lost when it reads again.
  @Test func holdsWorkBackWhileTheParentDoesNotRead() throws {
    let harness = try SessionHarness {
      $0.limits.maxOutgoingBytes = 200_000
      $0.limits.maxPending = 200
    }
    for id in 1...60 { try harness.host.request(UInt64(id), "subjects.get", ["subject": "large"]) }
    for id in 61...90 { try harness.host.request(UInt64(id), "ping") }
    var last = (pending: -1, bytes: -1)
    for _ in 0..<200 {
      usleep(20_000)
      let now = (pending: harness.session.board.load.pending, bytes: harness.session.writer.waitingBytes)
      if now == last, now.bytes >= 200_000 { break }
      last = now
    }
    #expect(harness.session.board.load.pending >= 50, "work waits for the parent")
    #expect(harness.session.writer.waitingBytes < 200_000 + 3 * 110_000 + 30 * 400)
    harness.host.closeInput()
    try harness.host.readToEnd()
    #expect(harness.host.terminals.count == 90)
    let order = harness.host.frames.filter(\.kind.isTerminal).map(\.id.value)
    let firstPing = try #require(order.firstIndex(of: 61))
    #expect(firstPing < 20, "pings are not held back with the work")
    #expect(try harness.status() == 0)
  }

  /// A parent that sends and never reads is stopped by its own full pipe: pings are bounded too.
  @Test func boundsPingsOfAParentThatNeverReads() throws {
    let harness = try SessionHarness {
      $0.limits.maxOutgoingBytes = 100_000
      $0.stopLimitMs = 200
    }
    let pings = try (1...30_000).map { try harness.host.bytes($0, "ping") }
    let input = harness.host.inputDescriptor
    let sent = Monitor(0)
    let flood = try ServiceThread("flood") {
      for ping in pings {
        guard ping.withUnsafeBytes({ write(input, $0.baseAddress, $0.count) }) == ping.count else { return }
        sent.update { $0 += 1 }
      }
    }
    var last = -1
    for _ in 0..<300 {
      usleep(200_000)
      let now = sent.read { $0 }
      if now == last { break }
      last = now
    }
    #expect(last < 30_000, "reading stopped")
    #expect(harness.session.writer.waitingBytes <= 100_000 + StdoutWriter.reserve + 1_000)
    harness.session.stop()
    #expect(try harness.status() == 0, "a full pipe does not keep the worker")
    flood.join()
  }
}
