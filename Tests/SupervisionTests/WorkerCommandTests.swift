import Testing

@testable import Supervision

/// Each worker of a pool has a file of its own for its metrics.
@Suite struct WorkerCommandTests {
  @Test(arguments: [
    (["w", "--metrics", "/m/f.prom", "--data", "d"], ["w", "--metrics", "/m/f-1.prom", "--data", "d"]),
    (["w", "--metrics=/m.d/f"], ["w", "--metrics=/m.d/f-1"]),
    (["w", "--metrics", "f.a.prom"], ["w", "--metrics", "f.a-1.prom"]),
    (["w", "--metrics", ".prom"], ["w", "--metrics", ".prom-1"]),
    (["w", "--metrics", "a", "--metrics", "b"], ["w", "--metrics", "a", "--metrics", "b-1"]),
  ])
  func aFileForEachSlot(command: [String], changed: [String]) {
    #expect(WorkerCommand.command(command, inSlot: 1) == changed + ["--metrics-label", "slot=1"])
  }

  @Test(arguments: [["w"], ["w", "--metrics"], ["w", "--metrics-label", "a=b"], []])
  func nothingToChange(command: [String]) {
    #expect(WorkerCommand.command(command, inSlot: 1) == command)
    #expect(WorkerCommand.metricsFile(in: command) == nil)
  }
}
