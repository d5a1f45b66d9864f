import Protocol
import Testing

@testable import Supervision

@Suite struct SupervisorStateTests {
  @Test func requestsWaitForReadyAndGoOutInOrder() {
    var harness = StateHarness()
    #expect(harness.spawns == 1)
    for id in 1...3 { harness.request(UInt64(id) * 10, "method\(id)") }
    #expect(harness.sent.isEmpty)
    harness.workerIsReady()
    #expect(harness.methods == ["method1", "method2", "method3"])
    harness.answer("method2")
    harness.answer("method1")
    #expect(harness.delivered.map(\.id.value) == [0, 20, 10])
    #expect(harness.delivered.map(\.kind) == [.ready, .result, .result])
  }

  @Test func crashAnswersEachRequestOnce() {
    var harness = StateHarness.serving()
    harness.request(1, "identify")
    harness.request(2, "enroll")
    harness.request(3, "enroll", key: true)
    harness.request(4, "detect")
    harness.request(5, "train")
    harness.answer("detect")
    harness.workerDies()
    #expect(harness.terminals(2) == ["sessionLost"])
    #expect(harness.error(2)?.retry == .later)
    #expect(harness.error(2)?.details["poisoned"] == .bool(false))
    #expect(harness.terminals(5) == ["sessionLost"])
    #expect(harness.terminals(1).isEmpty && harness.terminals(3).isEmpty)

    #expect(harness.methods == ["identify"], "suspects go one at a time")
    harness.answer("identify")
    #expect(harness.methods == ["identify", "enroll"])
    harness.answer("enroll")
    #expect((1...5).map { harness.terminals($0).count } == [1, 1, 1, 1, 1])
    #expect(harness.terminals(1) + harness.terminals(3) + harness.terminals(4) == ["result", "result", "result"])
  }

  @Test func hostHearsReadyOnceAndThenRestarted() {
    var harness = StateHarness.serving()
    harness.workerDies(nil, .signal(9))
    let news = harness.delivered.filter { $0.id.isConnection }
    #expect(news.map(\.kind) == [.ready, .event])
    let text = harness.text(news[1])
    #expect(text.contains(#""event":"restarted""#) && text.contains(#""ready":{"pid":2}"#) && text.contains("signal 9"))
  }

  @Test func onlyTheGuiltyRequestIsConvicted() {
    var harness = StateHarness.serving()
    for (id, method) in [(1, "identify"), (2, "embed"), (3, "verify")] { harness.request(UInt64(id), method) }
    harness.workerDies()
    #expect(harness.methods == ["identify"])
    harness.answer("identify")
    #expect(harness.methods == ["identify", "embed"])
    harness.workerDies()
    #expect(harness.terminals(2) == ["sessionLost"])
    #expect(harness.error(2)?.retry == .never)
    #expect(harness.error(2)?.details["poisoned"] == .bool(true))
    #expect(harness.methods == ["verify"])
    harness.answer("verify")
    #expect((1...3).map { harness.terminals($0).count } == [1, 1, 1])
  }

  @Test func suspectHasTheWorkerToItselfForAWhile() {
    var harness = StateHarness.serving()
    harness.request(1, "identify")
    harness.request(2, "embed")
    harness.workerDies()
    harness.request(3, "detect")
    #expect(harness.methods == ["identify"], "a crash now would be blamed on a fresh request too")
    harness.answer("identify")
    #expect(harness.methods == ["identify", "embed"])
    harness.wait(.seconds(4))
    #expect(harness.methods == ["identify", "embed"])
    harness.wait(.seconds(1))
    #expect(harness.methods == ["identify", "embed", "detect"], "a slow suspect does not stop the service")
    harness.workerDies()
    #expect(harness.terminals(2) == ["sessionLost"])
    #expect(harness.methods == ["detect"])
  }

  @Test func poisonIsRefusedWhenItComesAgain() {
    var harness = StateHarness.serving()
    harness.request(1, "detect", params: #""minFaceSize":40,"maxFaces":1"#)
    harness.workerDies()
    harness.workerDies()
    #expect(harness.error(1)?.details == ["poisoned": .bool(true)])
    harness.request(2, "detect", params: #""maxFaces":1,  "minFaceSize":40"#)
    #expect(harness.error(2)?.details == ["poisoned": .bool(true), "quarantined": .bool(true)])
    #expect(harness.methods.isEmpty)
    harness.request(3, "detect", params: #""maxFaces":2"#)
    #expect(harness.methods == ["detect"])
    harness.answer("detect")
    #expect(harness.terminals(3) == ["result"])
  }

  @Test func requestsNeverSentAreNotBlamed() {
    var harness = StateHarness()
    harness.request(1, "enroll")
    for _ in 0..<3 {
      harness.workerDies(nil, .code(1), comesBack: false)
      harness.wait(.seconds(15))
    }
    harness.workerIsReady()
    #expect(harness.methods == ["enroll"])
  }

  @Test func replayedImagesAreNotDeliveredTwice() {
    var harness = StateHarness.serving()
    harness.request(1, "detect")
    harness.answer("detect", kind: .event, image: 0)
    harness.answer("detect", kind: .event, image: 2)
    harness.workerDies()
    for index in 0..<4 { harness.answer("detect", kind: .event, image: index) }
    harness.answer("detect")
    #expect(harness.delivered.count { $0.id.value == 1 && $0.kind == .event } == 4)
    #expect(harness.terminals(1) == ["result"])
  }

  @Test func deadlinesKeepRunning() {
    var harness = StateHarness.serving { $0.backoff = Backoff(first: .seconds(2), cap: .seconds(2)) }
    harness.request(1, "detect", deadline: 60_000)
    harness.request(2, "embed", deadline: 10)
    harness.wait(.milliseconds(5))
    harness.workerDies(comesBack: false)
    harness.wait(.milliseconds(5))
    #expect(harness.terminals(2) == ["deadlineExceeded"])
    harness.wait(.seconds(3))
    harness.workerIsReady()
    #expect(harness.text(harness.sent[0]).contains(#""deadlineMs":56"#), "\(harness.text(harness.sent[0]))")
  }

  @Test func cancelGoesToTheWorkerOrIsAnsweredHere() {
    var harness = StateHarness()
    let id = RequestID(1) ?? .connection
    harness.request(1, "detect")
    harness.tell(.cancel(id))
    #expect(harness.terminals(1) == ["cancelled"])
    harness.workerIsReady()
    #expect(harness.methods.isEmpty)

    harness.request(1, "embed")
    harness.tell(.cancel(id))
    #expect(harness.sent.map(\.kind) == [.request, .cancel])
    #expect(harness.sent[0].id == harness.sent[1].id)
    harness.workerDies()
    #expect(harness.terminals(1) == ["cancelled", "cancelled"])
    #expect(harness.methods.isEmpty)
    harness.tell(.cancel(id))
    #expect(harness.sent.isEmpty)
  }

  @Test func holdsOnlySoMuch() {
    var harness = StateHarness {
      $0.maxPending = 2
      $0.maxPendingBytes = 300
    }
    harness.request(1, "detect")
    harness.request(2, "detect")
    harness.request(3, "detect")
    #expect(harness.terminals(3) == ["busy"])
    #expect(harness.error(3)?.retryAfterMs ?? 0 > 0)
    harness.workerIsReady()
    harness.answer("detect")
    harness.request(4, String(repeating: "x", count: 300))
    #expect(harness.terminals(4) == ["busy"])
    harness.request(5, "detect")
    #expect(harness.terminals(5).isEmpty)
  }

  @Test func wrongFramesFromTheHost() {
    var harness = StateHarness.serving()
    let id = RequestID(1) ?? .connection
    harness.tell(.request(Frame(kind: .request, id: id, json: [], skippedJSON: 2_000_000), RequestSummary(method: "")))
    #expect(harness.terminals(1) == ["badJSON"])
    harness.request(2, "detect")
    harness.request(2, "detect")
    #expect(harness.terminals(2) == ["sessionLost"])
    #expect(harness.terminals(0) == ["badFrame"])
    harness.workerDies(nil, .signal(9), comesBack: false)
    #expect(harness.exit == 65)
  }
}
