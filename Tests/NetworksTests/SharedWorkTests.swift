import Foundation
import Synchronization
import Tensors
import Testing

@testable import Networks

/// Work that threads share, and what a profile says of it.
@Suite struct SharedWorkTests {
  static let instructionSets = InstructionSet.allCases.filter(\.isSupported)

  private func expectPlanMatches(_ graph: Graph, _ input: Tensor, _ set: InstructionSet) throws {
    let expected = try PlainExecution.run(graph, inputs: [input])
    let plan = try InferencePlan(graph, example: [input.shape], instructionSet: set)
    for lanes in [1, 3] {
      let outputs = try plan.run(input, pool: WorkPool(lanes: lanes))
      #expect(outputs.map(\.shape) == expected.map(\.shape))
      for (output, wanted) in zip(outputs, expected) {
        #expect(zip(output.values, wanted.values).allSatisfy { abs($0 - $1) <= 2e-5 }, "\(input.shape)")
      }
    }
  }

  /// Layers wide enough to be shared, and windows of every kind at the edges.
  @Test(arguments: instructionSets)
  func sharedLayers(_ set: InstructionSet) throws {
    var random = SeededGenerator(seed: 61)
    for (rows, depth, outputs) in [(1, 700, 1201), (3, 1, 5), (5, 64, 4000), (2, 33, 7)] {
      var builder = GraphBuilder()
      let weight = builder.parameter("w", random.tensor([outputs, depth], in: -0.1...0.1))
      let bias = builder.parameter("b", random.tensor([outputs]))
      let y = builder.apply(Linear(), [builder.input(), weight, bias], name: "linear")
      try expectPlanMatches(builder.build(outputs: [y]), random.tensor([rows, depth]), set)
    }
    for (side, stride, pad, channels) in [(2, 2, 0, 10), (2, 2, 1, 7), (3, 2, 1, 28), (3, 1, 1, 16), (5, 1, 2, 9)] {
      let window = Window(kernel: Extent(side), stride: Extent(stride), padding: Padding(pad), ceiling: stride > 1)
      for shape: Shape in [[2, channels, 9, 12], [1, channels, side, side], [1, channels, 17, 3 + side]] {
        var builder = GraphBuilder()
        let y = builder.apply(MaxPool2d(window), [builder.input()], name: "pool")
        try expectPlanMatches(builder.build(outputs: [y]), random.tensor(shape), set)
      }
    }
  }

  /// Every part of a loop runs once, whether the helpers sleep, wait for more of a run, or there is no run.
  @Test func partsOfLoops() {
    let pool = WorkPool(lanes: 3)
    for round in 0..<300 {
      if round % 3 == 0 { pool.begin() }
      let done = Mutex([Int](repeating: 0, count: round % 40))
      pool.run(round % 40) { part in done.withLock { $0[part] += 1 } }
      #expect(done.withLock { $0.allSatisfy { $0 == 1 } })
      if round % 3 == 0 { pool.end() }
      if round % 50 == 0 { Thread.sleep(forTimeInterval: 0.001) }
    }
  }

  @Test func profileCountsOperations() throws {
    var random = SeededGenerator(seed: 62)
    var builder = GraphBuilder()
    let x = builder.input()
    let weight = builder.parameter("w", random.tensor([8, 5, 3, 3]))
    let wise = builder.parameter("d", random.tensor([8, 1, 3, 3]))
    let a = builder.apply(Conv2d(padding: Padding(1)), [x, weight], name: "dense")
    let b = builder.apply(ReLU(), [a], name: "relu")
    let c = builder.apply(Conv2d(stride: Extent(2), padding: Padding(1), groups: 8), [b, wise], name: "wise")
    let d = builder.apply(Flatten(), [builder.apply(GlobalAveragePool(), [c], name: "mean")], name: "flat")
    let last = builder.parameter("l", random.tensor([3, 8]))
    let y = builder.apply(Linear(), [d, last], name: "linear")
    let input = random.tensor([2, 5, 6, 4])
    let plan = try InferencePlan(builder.build(outputs: [y]), example: [input.shape])
    let profile = try plan.profile([input], runs: 4)
    func entry(_ name: String) throws -> StepProfile.Entry {
      try #require(profile.entries.first { $0.name == name }, "\(profile.entries.map(\.name))")
    }
    #expect(try entry("dense").work.operations == Double(2 * 2 * 8 * 24 * 45))
    #expect(try entry("dense").shape == [2, 8, 6, 4])
    #expect(try entry("wise").work.operations == Double(2 * 2 * 8 * 6 * 9))
    #expect(try entry("wise").work.kernel == "depthwise 3x3")
    #expect(try entry("linear").work.operations == Double(2 * 2 * 3 * 8))
    // Twice as many operations in the time of one are twice the speed.
    let dense = try entry("dense")
    #expect(abs(dense.gigaflops * dense.milliseconds * 1e6 - dense.work.operations) < 1e-3)
    let table = profile.table().split(separator: "\n", omittingEmptySubsequences: false)
    #expect(table.count == 1 + profile.entries.count + 1 + Set(profile.entries.map(\.work.kernel)).count + 1)
    #expect(table.last?.hasSuffix("\(profile.entries.count) steps") == true && table.last?.contains("100.0%") == true)
  }
}
