import Protocol
import Testing

@testable import Supervision

/// Starts, hangs, ends.
@Suite struct SupervisorLifeTests {
  @Test func crashLoopGivesUpLoudly() {
    var harness = StateHarness()
    harness.request(1, "detect")
    for _ in 0..<5 {
      harness.workerDies(nil, .code(1), comesBack: false)
      #expect(harness.exit == nil)
      harness.wait(.seconds(4))
    }
    #expect(harness.spawns == 6)
    harness.workerDies(nil, .code(1), comesBack: false)
    #expect(harness.exit == 70)
    #expect(harness.terminals(1) == ["sessionLost"])
    #expect(harness.terminals(0) == ["sessionLost"])
    #expect(harness.error(0)?.message.contains("5 restarts") == true)
    #expect(harness.delivered.last?.id == .connection, "the error with id 0 is the last word")
  }

  @Test func crashesFarApartAreForgiven() {
    var harness = StateHarness.serving()
    for _ in 0..<20 {
      harness.workerDies()
      let spawned = harness.now
      while harness.now < spawned + .seconds(20) {
        harness.wait(.seconds(5))
        if harness.pings > 0 { harness.answer("ping") }
      }
    }
    #expect(harness.exit == nil)
  }

  @Test func startTakesTooLong() {
    var harness = StateHarness()
    harness.wait(.seconds(29))
    #expect(harness.signals.isEmpty)
    harness.wait(.seconds(1))
    #expect(harness.signals == [15])
    harness.wait(.seconds(5))
    #expect(harness.signals == [15, 9])
    harness.workerDies(nil, .signal(9))
    #expect(harness.spawns == 2)
  }

  @Test func twoMissedPings() {
    var harness = StateHarness.serving()
    harness.request(1, "detect")
    harness.wait(.seconds(5))
    #expect(harness.pings == 1)
    harness.answer("ping")
    harness.wait(.seconds(10))
    #expect(harness.pings == 3)
    #expect(harness.signals.isEmpty)
    harness.wait(.seconds(5))
    #expect(harness.signals == [15])
    harness.wait(.seconds(5))
    #expect(harness.signals == [15, 9])
    harness.workerDies(nil, .signal(9))
    #expect(harness.methods == ["detect"])
  }

  @Test func whatAStoppedWorkerCancelsGoesToTheNext() throws {
    var harness = StateHarness.serving()
    harness.request(1, "detect")
    harness.wait(.seconds(15))
    #expect(harness.signals == [15])
    let id = try #require(RequestID(1))
    let answer = Frame(kind: .error, id: id, json: #"{"error":{"code":"cancelled","message":"","retry":"now"}}"#)
    harness.worker(nil, .frame(answer, FrameFacts(answer)))
    #expect(harness.terminals(1).isEmpty)
    harness.workerDies(nil, .code(0))
    #expect(harness.methods == ["detect"])
    harness.answer("detect")
    #expect(harness.terminals(1) == ["result"])
  }

  @Test func stalledHostIsNotTheWorkersFault() {
    var harness = StateHarness.serving()
    harness.hostIsStalled = true
    harness.wait(.seconds(120))
    #expect(harness.signals.isEmpty)
    #expect(harness.pings == 0)
  }

  @Test func brokenOutputIsACrash() {
    var harness = StateHarness.serving()
    harness.worker(nil, .outputEnded(FrameError(.magic, "not a frame")))
    #expect(harness.signals == [15])
    harness.worker(nil, .exited(.signal(15)))
    harness.wait(.seconds(15))
    #expect(harness.spawns == 2)
  }

  @Test func closedOutputHasAMomentToEnd() {
    var harness = StateHarness.serving()
    harness.worker(nil, .outputEnded(nil))
    harness.wait(.seconds(4))
    #expect(harness.signals.isEmpty)
    harness.wait(.seconds(1))
    #expect(harness.signals == [15])
  }

  @Test func outputBeforeTheCrashCounts() {
    var harness = StateHarness.serving()
    harness.request(1, "enroll")
    harness.worker(nil, .exited(.signal(9)))
    harness.answer("enroll")
    harness.worker(nil, .outputEnded(nil))
    #expect(harness.terminals(1) == ["result"])
  }

  @Test func outputHeldOpenByAnOrphanIsAbandoned() {
    var harness = StateHarness.serving()
    harness.request(1, "enroll")
    harness.worker(nil, .exited(.signal(9)))
    harness.wait(.seconds(2))
    #expect(harness.terminals(1) == ["sessionLost"])
  }

  @Test func lostConnectionIsACrash() {
    var harness = StateHarness.serving()
    harness.worker(nil, .frame(Frame(kind: .error, id: .connection, json: #"{"error":{}}"#), FrameFacts.none))
    #expect(harness.signals == [15])
    #expect(harness.terminals(0).isEmpty)
  }

  @Test func lateReportsOfADeadWorkerAreIgnored() {
    var harness = StateHarness.serving()
    harness.workerDies()
    harness.tell(.worker(1, .exited(.code(0))))
    #expect(harness.state.workers[2]?.exit == nil)
  }

  // MARK: The end of input

  @Test(arguments: [WorkerEnd.code(0), .code(3), .signal(6)])
  func endOfInputEndsTheWorker(status: WorkerEnd) {
    var harness = StateHarness.serving()
    harness.request(1, "detect")
    harness.tell(.hostFinished)
    #expect(harness.inputIsClosed)
    harness.answer("detect")
    harness.workerDies(nil, status, comesBack: false)
    #expect(harness.exit == status.shellStatus)
    #expect(harness.terminals(1) == ["result"])
    #expect(harness.spawns == 1)
  }

  @Test func endOfInputBeforeReadyStillServes() {
    var harness = StateHarness()
    harness.request(1, "detect")
    harness.tell(.hostFinished)
    #expect(!harness.inputIsClosed)
    harness.workerIsReady()
    #expect(harness.methods == ["detect"])
    #expect(harness.inputIsClosed)
  }

  @Test func endOfInputWithNothingToDoDoesNotWaitForReady() {
    var harness = StateHarness()
    harness.tell(.hostFinished)
    #expect(harness.inputIsClosed)
    harness.workerDies(nil, .code(0), comesBack: false)
    #expect(harness.exit == 0)
  }

  @Test func crashAfterEndOfInputIsReplayed() {
    var harness = StateHarness.serving()
    harness.request(1, "detect")
    harness.request(2, "enroll")
    harness.tell(.hostFinished)
    harness.workerDies()
    #expect(harness.methods == ["detect"])
    #expect(harness.inputIsClosed)
    harness.answer("detect")
    harness.workerDies(nil, .code(0), comesBack: false)
    #expect(harness.exit == 0)
    #expect(harness.terminals(1) + harness.terminals(2) == ["result", "sessionLost"])
  }

  @Test func endOfInputHasAHardLimit() {
    var harness = StateHarness.serving()
    harness.request(1, "detect")
    harness.tell(.hostFinished)
    harness.wait(.seconds(60))
    #expect(harness.signals == [9])
    #expect(harness.terminals(1) == ["sessionLost"])
    harness.workerDies(nil, .signal(9), comesBack: false)
    #expect(harness.exit == 1)
  }

  @Test func shutdownIsNotACrash() {
    var harness = StateHarness.serving()
    harness.request(1, "shutdown")
    harness.answer("shutdown")
    harness.workerDies(nil, .code(0), comesBack: false)
    #expect(harness.exit == 0)
    #expect(harness.spawns == 1)
  }

  @Test func missingProgramIsNotTriedAgain() {
    var harness = StateHarness()
    harness.request(1, "detect")
    harness.tell(.spawnFailed(1, "no such file", permanent: true))
    #expect(harness.exit == 127)
    #expect(harness.terminals(1) + harness.terminals(0) == ["sessionLost", "sessionLost"])
  }

  @Test func exhaustedSystemIsTriedAgain() {
    var harness = StateHarness()
    harness.tell(.spawnFailed(1, "no process left", permanent: false))
    harness.wait(.seconds(1))
    #expect(harness.spawns == 2)
  }
}
