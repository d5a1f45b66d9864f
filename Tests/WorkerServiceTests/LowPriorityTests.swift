import Glibc
import Testing

@testable import WorkerService

/// Work put aside for everything else, and what passes between it and whoever waits.
@Suite struct LowPriorityTests {
  private struct Failure: Error, Equatable { var code: Int }

  private static var priority: Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

  @Test func onlyTheWorkIsAtLowPriority() throws {
    let usual = Self.priority
    let inside = try LowPriority.run("test") { Self.priority }
    #expect(inside == min(19, max(10, usual)))
    var watched: [Int32] = []
    let watchedInside = try LowPriority.run("test", watch: { _ in watched.append(Self.priority) }) { _ in Self.priority
    }
    #expect(watchedInside == inside)
    #expect(!watched.isEmpty && watched.allSatisfy { $0 == usual })
    #expect(Self.priority == usual)
  }

  @Test func theWaitingThreadSeesHowFarTheWorkIs() throws {
    var seen: [Int] = []
    let result = try LowPriority.run("test", watch: { seen.append($0) }) { signals in
      signals.report(done: 7)
      // Longer than the time between two looks.
      usleep(200_000)
      return "done"
    }
    #expect(result == "done")
    #expect(seen.first == 0 && seen.last == 7)
  }

  @Test func whoWaitsCanStopTheWork() throws {
    #expect(throws: Failure(code: 1)) {
      try LowPriority.run(
        "test",
        watch: { done in
          if done > 0 { throw Failure(code: 1) }
        }
      ) { signals in
        signals.report(done: 1)
        // Ends by being stopped only.
        while true {
          try signals.checkpoint()
          usleep(1_000)
        }
      }
    }
    // Not even started when nobody wants it from the beginning.
    #expect(throws: Failure(code: 2)) {
      try LowPriority.run("test", watch: { _ in throw Failure(code: 2) }) { _ in Issue.record("started") }
    }
  }

  @Test func errorsOfTheWorkComeThrough() throws {
    #expect(throws: Failure(code: 3)) { try LowPriority.run("test") { throw Failure(code: 3) } }
    #expect(throws: Failure(code: 4)) { try LowPriority.run("test", watch: { _ in }) { _ in throw Failure(code: 4) } }
  }
}
