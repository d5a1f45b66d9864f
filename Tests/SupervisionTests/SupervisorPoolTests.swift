import Protocol
import Testing

@testable import Supervision

/// Several workers on one gallery.
@Suite struct SupervisorPoolTests {
  /// A pool of two that serve.
  private static func pool(_ adjust: (inout SupervisorOptions) -> Void = { _ in }) -> StateHarness {
    var harness = StateHarness {
      $0.workers = 2
      adjust(&$0)
    }
    harness.workerIsReady(1)
    harness.workerIsReady(2)
    return harness
  }

  @Test func requestsAreSpreadAndReadyIsSaidOnce() {
    var harness = SupervisorPoolTests.pool()
    #expect(harness.spawns == 2)
    #expect(harness.delivered.map(\.kind) == [.ready])
    for id in 1...4 { harness.request(UInt64(id), "method\(id)") }
    #expect(harness.methods(of: 1) == ["method1", "method3"])
    #expect(harness.methods(of: 2) == ["method2", "method4"])
    harness.answer("method2", of: 2)
    harness.answer("method4", of: 2)
    harness.request(5, "method5")
    #expect(harness.methods(of: 2).last == "method5", "the one with less to do")
    #expect(harness.terminals(2) + harness.terminals(4) == ["result", "result"])
  }

  @Test func oneServesWhileTheOtherStarts() {
    var harness = StateHarness { $0.workers = 2 }
    harness.workerIsReady(2)
    harness.request(1, "detect")
    #expect(harness.methods(of: 2) == ["detect"])
  }

  @Test func crashOfOneCostsTheOthersNothing() {
    var harness = SupervisorPoolTests.pool()
    harness.request(1, "identify")
    harness.request(2, "embed")
    harness.workerDies(1, comesBack: false)
    // The survivor finishes what it has, then gets the suspect alone.
    #expect(harness.methods(of: 2) == ["embed"])
    harness.answer("embed", of: 2)
    #expect(harness.methods(of: 2) == ["embed", "identify"])
    harness.request(3, "detect")
    #expect(harness.methods(of: 2) == ["embed", "identify"])
    harness.wait(.seconds(1))
    #expect(harness.spawns == 3)
    harness.workerIsReady(3)
    #expect(harness.methods(of: 3) == ["detect"], "the new worker is not the one kept for the suspect")
    harness.answer("identify", of: 2)
    harness.answer("detect", of: 3)
    #expect((1...3).flatMap { harness.terminals($0) } == ["result", "result", "result"])
  }

  @Test func streamsAndJobsStayWithTheirWorker() throws {
    var harness = SupervisorPoolTests.pool()
    harness.request(1, "detect")
    harness.request(2, "stream.open")
    let open = try #require(RequestID(2))
    let opened = Frame(kind: .result, id: open, json: #"{"result":{"stream":"s-1"}}"#)
    harness.worker(2, .frame(opened, FrameFacts(opened)))
    for id in 3...6 { harness.request(UInt64(id), "stream.frame", params: #""stream":"s-1""#) }
    #expect(harness.methods(of: 2).count { $0 == "stream.frame" } == 4)
    harness.request(7, "train")
    #expect(harness.methods(of: 1) == ["detect", "train"], "jobs belong to the first worker")
    harness.request(8, "train.cancel", params: #""job":"7""#)
    #expect(harness.methods(of: 1).last == "train.cancel")
    let news = Frame(kind: .event, id: .connection, json: #"{"event":"train","job":"training-1"}"#)
    harness.worker(2, .frame(news, FrameFacts(news)))
    harness.request(9, "train.cancel", params: #""job":"training-1""#)
    #expect(harness.methods(of: 2).last == "train.cancel")

    harness.workerDies(2, comesBack: false)
    #expect(harness.terminals(3) == ["sessionLost"])
    harness.request(10, "stream.frame", params: #""stream":"s-1""#)
    #expect(harness.methods(of: 1).last == "stream.frame", "any worker can say that the stream is lost")
  }

  @Test func shutdownWaitsForAllBeforeIt() {
    var harness = SupervisorPoolTests.pool()
    harness.request(1, "detect")
    harness.request(2, "embed")
    harness.request(3, "shutdown")
    harness.request(4, "detect")
    #expect(harness.terminals(4) == ["sessionLost"])
    harness.answer("detect", of: 1)
    #expect(!harness.methods(of: 1).contains("shutdown"))
    harness.answer("embed", of: 2)
    let last = harness.methods(of: 1).contains("shutdown") ? 1 : 2
    harness.answer("shutdown", of: last)
    #expect(harness.closed == [1, 2])
    harness.workerDies(1, .code(0), comesBack: false)
    #expect(harness.exit == nil)
    harness.workerDies(2, .code(0), comesBack: false)
    #expect(harness.exit == 0)
    #expect(harness.spawns == 2)
  }

  @Test func endOfInputEndsAll() {
    var harness = SupervisorPoolTests.pool()
    harness.request(1, "detect")
    harness.tell(.hostFinished)
    #expect(harness.closed == [1, 2])
    harness.workerDies(2, .code(0), comesBack: false)
    harness.answer("detect", of: 1)
    harness.workerDies(1, .code(3), comesBack: false)
    #expect(harness.exit == 3)
    #expect(harness.terminals(1) == ["result"])
  }

  @Test func restartsOfAllCountTogether() {
    var harness = SupervisorPoolTests.pool { $0.maxRestarts = 2 }
    harness.workerDies(1, comesBack: false)
    harness.workerDies(2, comesBack: false)
    harness.wait(.seconds(1))
    harness.workerDies(3, comesBack: false)
    #expect(harness.terminals(0) == ["sessionLost"])
    harness.workerDies(4, .signal(9), comesBack: false)
    #expect(harness.exit == 70)
  }

  // MARK: Replacement of healthy workers

  @Test func newProgramTakesOverOneAfterTheOther() {
    var harness = SupervisorPoolTests.pool()
    harness.request(1, "detect")
    harness.tell(.replaceAll(version: 1))
    #expect(harness.spawns == 3)
    #expect(harness.versions == [0, 0, 1])
    harness.workerIsReady(3)
    #expect(harness.closed.isEmpty, "the old one still has a request")
    #expect(harness.spawns == 4, "the next one's turn")
    harness.request(2, "embed")
    #expect(harness.methods(of: 1) == ["detect"])
    harness.answer("detect", of: 1)
    #expect(harness.closed == [1])
    harness.workerDies(1, .code(0), comesBack: false)
    harness.workerIsReady(4)
    #expect(harness.closed.contains(2) || harness.methods(of: 2) == ["embed"])
    #expect(harness.spawns == 4)
    let events = harness.delivered.filter { $0.kind == .event }.map { harness.text($0) }
    #expect(events.count == 2 && events.allSatisfy { $0.contains(#""event":"replaced""#) })
    #expect(harness.terminals(1) == ["result"])
  }

  @Test func programThatDoesNotStartIsGivenUp() {
    var harness = StateHarness.serving()
    harness.tell(.replaceAll(version: 1))
    harness.workerDies(2, .code(1), comesBack: false)
    harness.request(1, "detect")
    #expect(harness.methods(of: 1) == ["detect"])
    #expect(harness.spawns == 2, "it is not tried again by itself")
    harness.workerDies(1, comesBack: false)
    harness.wait(.seconds(1))
    #expect(harness.versions == [0, 1, 0], "a crash starts the program that is known to start")
  }

  @Test func crashDuringAReplacementDoesNotStartAThird() {
    var harness = StateHarness.serving()
    harness.request(1, "detect")
    harness.tell(.replaceAll(version: 1))
    harness.workerDies(1, comesBack: false)
    harness.wait(.seconds(5))
    #expect(harness.spawns == 2)
    harness.workerIsReady(2)
    #expect(harness.methods(of: 2) == ["detect"])
  }

  @Test func recycledAfterItsRequests() {
    var harness = StateHarness.serving { $0.recycleRequests = 10 }
    var id: UInt64 = 0
    while harness.spawns == 1, id < 20 {
      id += 1
      harness.request(id, "detect")
      harness.answer("detect", of: 1)
    }
    #expect((9...11).contains(id))
    harness.workerIsReady(2)
    #expect(harness.closed == [1])
    harness.workerDies(1, .code(0), comesBack: false)
    harness.request(100, "embed")
    #expect(harness.methods(of: 2) == ["embed"])
    #expect(harness.exit == nil)
  }

  @Test func recycledForItsMemory() {
    var harness = StateHarness.serving { $0.recycleMemory = 100 << 20 }
    harness.tell(.resident(1, bytes: 99 << 20))
    #expect(harness.spawns == 1)
    harness.tell(.resident(1, bytes: 101 << 20))
    #expect(harness.spawns == 2)
    // It does not start: the old one stays, and is not replaced again at once.
    harness.workerDies(2, .code(69), comesBack: false)
    harness.tell(.resident(1, bytes: 102 << 20))
    #expect(harness.spawns == 2)
    #expect(harness.exit == nil)
  }

  @Test func openStreamKeepsARetiredWorkerForAWhile() throws {
    var harness = StateHarness.serving()
    harness.request(1, "stream.open")
    let opened = Frame(kind: .result, id: try #require(RequestID(1)), json: #"{"result":{"stream":"s-1"}}"#)
    harness.worker(1, .frame(opened, FrameFacts(opened)))
    harness.tell(.replaceAll(version: 1))
    harness.workerIsReady(2)
    harness.request(2, "stream.frame", params: #""stream":"s-1""#)
    #expect(harness.methods(of: 1).last == "stream.frame")
    harness.answer("stream.frame", of: 1)
    harness.wait(.seconds(1))
    #expect(harness.closed.isEmpty)
    harness.request(3, "stream.close", params: #""stream":"s-1""#)
    harness.answer("stream.close", of: 1)
    #expect(harness.closed == [1])
  }

  // MARK: Numbers

  @Test func statusTellsOfThePool() throws {
    var harness = SupervisorPoolTests.pool()
    harness.workerDies(1)
    harness.request(1, "status")
    let worker = harness.methods(of: 2).isEmpty ? 3 : 2
    harness.answer("status", of: worker)
    let answer = try #require(harness.delivered.last)
    // The fake answer has no result to add to; a real one has.
    #expect(harness.text(answer) == #"{"answers":"status"}"#)
    let real = Frame(kind: .result, id: answer.id, json: #"{"result":{"queue":{}},"generation":1}"#)
    let changed = SupervisorFrames.status(real, adding: harness.state.statusOfPool(at: harness.now))
    let pool = try WireJSON.object(changed.json)["result"]?["supervisor"]
    #expect(pool?["restarts"] == .integer(1))
    #expect(pool?["losses"] == .object(["signal_11": .integer(1)]))
    #expect(pool?["workers"]?.arrayCount == 2)
  }

  @Test func metricsAreText() {
    var harness = SupervisorPoolTests.pool { $0.metricsFile = "unused" }
    harness.request(1, "detect")
    harness.answer("detect", of: 1)
    harness.workerDies(1, comesBack: false)
    harness.wait(.milliseconds(200))
    harness.workerIsReady(3)
    let text = SupervisorMetrics.text(of: harness.state, at: harness.now)
    #expect(text.contains("face_supervisor_requests_total 1\n"))
    #expect(text.contains("face_supervisor_answers_total{outcome=\"result\"} 1\n"))
    #expect(text.contains("face_supervisor_losses_total{end=\"signal_11\"} 1\n"))
    #expect(text.contains("face_supervisor_workers_serving 2\n"))
    let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(samples.allSatisfy { Double($0.split(separator: " ").last ?? "") != nil })
  }
}

extension JSONValue {
  fileprivate var arrayCount: Int? {
    if case .array(let items) = self { items.count } else { nil }
  }
}
