import Protocol
import TestSupport
import Testing

@testable import WorkerService

/// A parent that closes the pipe right behind its last request still gets the answer: a request counts as unfinished
/// until its terminal frame is queued for writing. The race is a matter of microseconds, hence the many rounds.
@Suite struct HandlersAtEndOfInputTests {
  @Test func answersTheLastFrame() throws {
    for round in 1...50 {
      let harness = try SessionHarness { $0.executors = 1 + round % 2 }
      try harness.host.request(1, "subjects.get", ["subject": round % 3 == 0 ? "large" : "x"])
      harness.host.closeInput()
      try harness.host.readToEnd()
      #expect(harness.host.frames.map(\.kind) == [.ready, .result], "round \(round)")
      #expect(try harness.status() == 0)
    }
  }

  @Test func answersTheLastLine() throws {
    for round in 1...50 {
      let (lines, status) = try LineModeTests.run(#"{"id":1,"method":"subjects.get","params":{"subject":"x"}}"# + "\n")
      #expect(lines.map { $0["kind"] } == ["ready", "result"], "round \(round)")
      #expect(status == 0)
    }
  }

  /// The request is running while the input ends, and its answer is on its way while the session looks for the end.
  @Test func answersWhatRunsWhileTheInputEnds() throws {
    for round in 1...50 {
      let harness = try SessionHarness { $0.executors = 2 }
      for id in 1...4 { try harness.host.request(UInt64(id), "subjects.get", ["subject": "gate"]) }
      try harness.waitForBlocked(2)
      harness.host.closeInput()
      harness.gate.open()
      try harness.host.readToEnd()
      #expect(harness.host.terminals == [1: 1, 2: 1, 3: 1, 4: 1], "round \(round)")
      #expect(try harness.status() == 0)
    }
  }
}
