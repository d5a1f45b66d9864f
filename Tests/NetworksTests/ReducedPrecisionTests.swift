import Tensors
import Testing

@testable import Networks

/// Plans in bf16 against the plain float32 execution of the same graph.
@Suite struct ReducedPrecisionTests {
  /// The instructions of the processor, and the plain form that every machine has.
  static let sets: [InstructionSet] = [.base] + (Precision.bfloat16.isSupported ? [.avx512] : [])

  private func expectClose(
    _ graph: Graph, _ inputs: [Tensor], _ set: InstructionSet, lanes: Int = 1,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let plan = try InferencePlan(graph, example: inputs.map(\.shape), instructionSet: set, precision: .bfloat16)
    for _ in 0..<2 {  // the second run meets used memory
      let outputs = try plan.run(inputs, pool: WorkPool(lanes: lanes))
      for (output, wanted) in zip(outputs, try PlainExecution.run(graph, inputs: inputs)) {
        #expect(output.shape == wanted.shape, sourceLocation: sourceLocation)
        let range = wanted.values.map(abs).max() ?? 0
        let difference = largestDifference(output, wanted) ?? .infinity
        #expect(
          difference <= 0.02 * range, "differs by \(difference) of \(range)", sourceLocation: sourceLocation)
      }
    }
  }

  /// Every kind of step that takes bf16, values that go several ways, and steps that know float32 only in between.
  static func mixedGraph(_ random: inout SeededGenerator) -> Graph {
    var builder = GraphBuilder()
    var count = 0
    func weight(_ shape: Shape) -> ValueID {
      count += 1
      let reach = (3 / Float(max(shape.dimensions.dropFirst().reduce(1, *), 1))).squareRoot()
      return builder.parameter("weight \(count)", random.tensor(shape, in: -reach...reach))
    }
    let x = builder.input()
    var first = builder.apply(
      Conv2d(stride: Extent(2), padding: Padding(1)), [x, weight([22, 3, 3, 3])], name: "first")
    first = builder.apply(ReLU(), [first], name: "relu")
    let left = builder.apply(Conv2d(padding: Padding(1)), [first, weight([18, 22, 3, 3])], name: "left")
    let right = builder.apply(
      MaxPool2d(Window(kernel: Extent(3), stride: Extent(1), padding: Padding(1))), [first], name: "pool")
    let joined = builder.apply(Concat(), [left, right], name: "join")
    let deep = builder.apply(
      Conv2d(padding: Padding(1), groups: 40), [joined, weight([40, 1, 3, 3])], name: "depthwise")
    let sum = builder.apply(
      Add(), [builder.apply(Conv2d(), [deep, weight([40, 40, 1, 1])], name: "point"), joined], name: "add")
    let active = builder.apply(PReLU(), [sum, builder.parameter("slope", random.tensor([40]))], name: "prelu")
    let grouped = builder.apply(Conv2d(groups: 2), [active, weight([12, 20, 1, 1])], name: "grouped")
    // Known in float32 only.
    let other = builder.apply(Sigmoid(), [active], name: "sigmoid")
    let last = builder.apply(Conv2d(stride: Extent(2)), [other, weight([80, 40, 3, 3])], name: "last")
    let heads = (0..<2).map { builder.apply(Conv2d(), [active, weight([3 + $0, 40, 1, 1])], name: "head \($0)") }
    let mean = builder.apply(GlobalAveragePool(), [last], name: "mean")
    return builder.build(outputs: [mean, grouped, active] + heads)
  }

  @Test(arguments: sets) func everyStepInOneGraph(_ set: InstructionSet) throws {
    var random = SeededGenerator(seed: 7)
    let graph = Self.mixedGraph(&random)
    for shape in [[1, 3, 17, 15], [3, 3, 22, 19]] as [Shape] {
      for lanes in [1, 2] { try expectClose(graph, [random.tensor(shape)], set, lanes: lanes) }
    }
  }

  @Test func valuesBetweenConvolutionsAreRounded() throws {
    var random = SeededGenerator(seed: 3)
    let graph = Self.mixedGraph(&random)
    let input = random.tensor([1, 3, 18, 18])
    let exact = try InferencePlan(graph, example: [input.shape]).run(input)
    let rounded = try InferencePlan(graph, example: [input.shape], precision: .bfloat16).run(input)
    // The third output passes five rounded layers.
    let difference = try #require(largestDifference(exact[2], rounded[2]))
    #expect(difference > 1e-4)
  }

  /// The convolutions of ``mixedGraph`` in bytes: within a few hundredths of what float32 gives.
  @Test(arguments: sets) func bytesStayClose(_ set: InstructionSet) throws {
    var random = SeededGenerator(seed: 11)
    let graph = Self.mixedGraph(&random)
    let inputs = (0..<4).map { _ in random.tensor([2, 3, 18, 21]) }
    var ranges = ActivationRanges()
    let exact = try InferencePlan(graph, example: [inputs[0].shape], instructionSet: set)
    for input in inputs { try exact.measure([input], into: &ranges) }
    let plan = try InferencePlan(
      graph, example: [inputs[0].shape], instructionSet: set, precision: .int8, ranges: ranges)
    for input in inputs {
      for (output, wanted) in zip(try plan.run(input), try PlainExecution.run(graph, inputs: [input])) {
        let norm = wanted.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let error = zip(output.values, wanted.values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        #expect(error <= 0.06 * norm, "\(output.shape): \(error) of \(norm)")
      }
    }
  }

  @Test func bytesNeedRanges() throws {
    var random = SeededGenerator(seed: 11)
    let graph = Self.mixedGraph(&random)
    let error = #expect(throws: GraphError.self) {
      try InferencePlan(graph, example: [[1, 3, 18, 18]], precision: .int8)
    }
    #expect(error?.code == .unsupported)
  }

  @Test func float32IsSupportedEverywhere() {
    #expect(Precision.supported.first == .float32)
    #expect(Precision(rawValue: "bf16") == .bfloat16)
  }
}
