import Protocol
import TestSupport
import Testing

@testable import WorkerService

/// Of a series of requests one runs at a time, in order, and only the newest one waits.
@Suite struct SessionSeriesTests {
  private static let pixel = [UInt8](repeating: 0, count: 3)

  private func frame(
    _ harness: SessionHarness, _ id: UInt64, _ stream: String = "s", time: Double? = nil, deadlineMs: Int? = nil
  ) throws {
    var params: [String: JSONValue] = ["stream": .string(stream)]
    params["timeMs"] = time.map { .number($0) }
    try harness.host.request(
      id, "stream.frame", .object(params), deadlineMs: deadlineMs,
      descriptors: [.init(type: "image/x-rgb", length: 3, width: 1, height: 1)], attachments: Self.pixel)
  }

  private func answer(_ harness: SessionHarness, _ id: UInt64) throws -> FrameAnswer {
    try harness.host.reply(id, StreamFrame.self).result
  }

  private func tracks(_ frame: Int) -> FrameAnswer {
    .tracks(FrameTracks(image: ImageSize(width: 1, height: 1), frame: frame, tracks: []))
  }

  @Test func theNewestFrameReplacesTheOneThatWaits() throws {
    let harness = try SessionHarness()
    try frame(harness, 1, time: 1)
    try harness.waitForBlocked(1)
    for id in 2...20 { try frame(harness, UInt64(id)) }
    // Answered while the first one still runs.
    for id in 2...19 { #expect(try answer(harness, UInt64(id)) == .dropped(frame: id)) }
    #expect(harness.host.terminals[1] == nil && harness.host.terminals[20] == nil)
    harness.gate.open()
    #expect(try answer(harness, 1) == tracks(1))
    #expect(try answer(harness, 20) == tracks(20))
    try harness.host.request(21, "status")
    let queue = try harness.host.reply(21, Status.self).result.queue
    #expect(queue.pending == 0 && queue.pendingBytes == 0 && queue.running == 0)
    harness.host.closeInput()
    try harness.host.readToEnd()
    #expect(harness.host.terminals.values.allSatisfy { $0 == 1 })
    #expect(try harness.status() == 0)
  }

  @Test func streamsRunSideBySide() throws {
    let harness = try SessionHarness()
    try frame(harness, 1, "a", time: 1)
    try frame(harness, 2, "b", time: 1)
    try harness.waitForBlocked(2)
    try frame(harness, 3, "a")
    try frame(harness, 4, "b")
    try frame(harness, 5, "a")
    #expect(try answer(harness, 3) == .dropped(frame: 2))
    harness.gate.open()
    #expect(try answer(harness, 4) == tracks(2))
    #expect(try answer(harness, 5) == tracks(3))
  }

  /// A stream that is always replaced keeps its place among other requests, and has no second one.
  @Test func aReplacedFrameKeepsItsTurn() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try harness.host.request(1, "subjects.get", ["subject": "gate"])
    try harness.waitForBlocked(1)
    try frame(harness, 2)
    for id in 10..<30 { try harness.host.request(UInt64(id), "subjects.get", ["subject": "x"]) }
    for id in 30..<40 { try frame(harness, UInt64(id)) }
    // Answered by the thread that reads, so all of them were read.
    try harness.host.request(50, "ping")
    _ = try harness.host.reply(50, Ping.self)
    harness.gate.open()
    #expect(try answer(harness, 39) == tracks(11))
    for id in 10..<30 { _ = try harness.host.reply(UInt64(id), SubjectsGet.self) }
    let order = harness.host.frames.filter { $0.kind == .result }.map(\.id.value)
    let last = try #require(order.firstIndex(of: 39))
    #expect(last < (order.firstIndex(of: 10) ?? 0))
  }

  @Test func aWaitingFrameIsCancelledAndExpires() throws {
    let harness = try SessionHarness()
    try frame(harness, 1, time: 1)
    try harness.waitForBlocked(1)
    try frame(harness, 2)
    try harness.host.cancel(2)
    #expect(try harness.host.error(2).code == .cancelled)
    try frame(harness, 3, deadlineMs: 30)
    #expect(try harness.host.error(3).code == .deadlineExceeded)
    try frame(harness, 4)
    harness.gate.open()
    #expect(try answer(harness, 4) == tracks(4))
    try frame(harness, 5)
    #expect(try answer(harness, 5) == tracks(5))
  }

  @Test func aFullQueueTakesAFrameThatReplacesOne() throws {
    let harness = try SessionHarness {
      $0.executors = 1
      $0.limits = Limits(maxPending: 2)
    }
    try frame(harness, 1, time: 1)
    try harness.waitForBlocked(1)
    try frame(harness, 2)
    try harness.host.request(3, "subjects.get", ["subject": "x"])
    try harness.host.request(4, "subjects.get", ["subject": "x"])
    #expect(try harness.host.error(4).code == .busy)
    try frame(harness, 5)
    #expect(try answer(harness, 2) == .dropped(frame: 2))
    try frame(harness, 6, "other")
    #expect(try harness.host.error(6).code == .busy)
    harness.gate.open()
    #expect(try answer(harness, 5) == tracks(3))
  }

  @Test func inTextModeNothingIsDropped() throws {
    let harness = try SessionHarness {
      $0.mode = .lines
      $0.executors = 1
    }
    _ = harness
    // Lines carry no pixels; the queue is what matters, so it is asked directly.
    let board = RequestBoard(limits: .standard)
    for id in 1...3 {
      let place = SeriesPlace(series: "s", number: id) { [] }
      let call = PreparedCall(canonicalParams: { [] }, place: place, run: { _ in [] })
      let request = ActiveRequest(
        id: try #require(RequestID(UInt64(id))), method: "stream.frame", key: nil, arrival: .now, deadline: nil,
        size: 1,
        work: .init(call: call, attachments: []))
      guard case .accepted(replacing: nil) = board.admit(request, .work, waiting: true) else {
        Issue.record("\(id) was not just accepted")
        return
      }
    }
    #expect((1...3).map { _ in board.take(.work)?.id.value } == [1, 2, 3])
  }

  // MARK: Requests that wait for others

  private func hold(_ harness: SessionHarness, _ id: UInt64, deadlineMs: Int? = nil) throws {
    try harness.host.request(
      id, "stream.learn", ["stream": "s", "track": 1, "subject": "ada"], deadlineMs: deadlineMs)
  }

  @Test func aHeldRequestKeepsNoThreadFromOthers() throws {
    let harness = try SessionHarness {
      $0.executors = 1
      $0.limits = Limits(maxCaptures: 3)
    }
    for id in 1...3 { try hold(harness, UInt64(id)) }
    try hold(harness, 4)
    #expect(try harness.host.error(4).code == .busy)
    for id in 10...20 { try harness.host.request(UInt64(id), "subjects.get", ["subject": "x"]) }
    for id in 10...20 { _ = try harness.host.reply(UInt64(id), SubjectsGet.self) }
    try harness.host.request(21, "status")
    let status = try harness.host.reply(21, Status.self).result
    #expect(status.jobs.map(\.id) == ["1", "2", "3"])
    #expect(status.jobs.allSatisfy { $0.kind == "stream.learn" && $0.state == "running" })
    try harness.host.cancel(2)
    #expect(try harness.host.error(2).code == .cancelled)
    try hold(harness, 5, deadlineMs: 40)
    #expect(try harness.host.error(5).code == .deadlineExceeded)
    #expect(harness.host.terminals[1] == nil && harness.host.terminals[3] == nil)
    harness.host.closeInput()
    try harness.host.readToEnd()
    #expect(try harness.host.reply(1, StreamLearn.self).result.ended == "inputEnded")
    #expect(harness.host.terminals.values.allSatisfy { $0 == 1 })
    #expect(try harness.status() == 0)
  }

  /// What was sent before still counts for it.
  @Test func theEndOfInputConcludesAfterTheRequestsBefore() throws {
    let harness = try SessionHarness { $0.executors = 1 }
    try hold(harness, 1)
    try frame(harness, 2, time: 1)
    try harness.waitForBlocked(1)
    harness.host.closeInput()
    harness.gate.open()
    try harness.host.readToEnd()
    let order = harness.host.frames.filter(\.kind.isTerminal).map(\.id.value)
    #expect(order == [2, 1])
    #expect(try harness.status() == 0)
  }

  @Test func shutdownConcludesAndAStopCancels() throws {
    var harness = try SessionHarness()
    try hold(harness, 1)
    try harness.host.request(2, "shutdown")
    try harness.host.readToEnd()
    #expect(harness.host.frames.filter { $0.kind == .result }.map(\.id.value) == [1, 2])
    #expect(try harness.status() == 0)

    harness = try SessionHarness { $0.stopLimitMs = 600_000 }
    try hold(harness, 1)
    while harness.host.frames.allSatisfy({ $0.kind != .event }) { _ = try harness.host.next() }
    harness.session.stop()
    #expect(try harness.host.error(1).code == .cancelled)
    #expect(try harness.status() == 0)
  }
}
