import Tensors
import Testing

import func Glibc.exp
import func Glibc.getenv

@testable import Networks

/// Plans against the plain execution of the same graph, on every instruction set this machine can run.
@Suite struct InferencePlanTests {
  /// What `make test-references` sets must not be ignored in silence.
  @Test func theEnvironmentForcesASet() throws {
    let named = getenv(InstructionSet.variable).map { String(cString: $0) } ?? ""
    guard !named.isEmpty else { return }
    #expect(InstructionSet.current.rawValue == named)
    #expect(named == "avx512" || (!InstructionSet.hasAVX512 && Precision.supported == [.float32]))
  }

  static let instructionSets = InstructionSet.allCases.filter(\.isSupported)

  private func expectPlanMatches(
    _ graph: Graph, _ input: Tensor, _ set: InstructionSet, lanes: Int = 1, tolerance: Float = 2e-5,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try PlainExecution.run(graph, inputs: [input])
    let plan = try InferencePlan(graph, example: [input.shape], instructionSet: set)
    for _ in 0..<2 {  // the second run meets used memory
      let outputs = try plan.run(input, pool: WorkPool(lanes: lanes))
      #expect(outputs.count == expected.count, sourceLocation: sourceLocation)
      for (output, wanted) in zip(outputs, expected) {
        let difference = largestDifference(output, wanted)
        #expect(
          difference.map { $0 <= tolerance } == true, "differs by \(String(describing: difference))",
          sourceLocation: sourceLocation)
      }
    }
  }

  struct ConvCase: Sendable, CustomTestStringConvertible {
    var x: [Int]
    var out: Int
    var kernel: Extent
    var conv: Conv2d
    var testDescription: String { "\(x)->\(out) \(kernel.height)x\(kernel.width) \(conv.stride.height)" }
  }

  static let convCases: [ConvCase] = [
    ConvCase(x: [1, 3, 13, 17], out: 10, kernel: Extent(3), conv: Conv2d()),
    ConvCase(x: [2, 10, 9, 7], out: 16, kernel: Extent(3), conv: Conv2d(padding: Padding(1))),
    ConvCase(x: [3, 5, 11, 8], out: 37, kernel: Extent(3), conv: Conv2d(stride: Extent(2), padding: Padding(1))),
    ConvCase(x: [1, 3, 21, 23], out: 32, kernel: Extent(7), conv: Conv2d(stride: Extent(2))),
    ConvCase(x: [1, 24, 1, 1], out: 130, kernel: Extent(1), conv: Conv2d()),
    ConvCase(x: [1, 33, 3, 3], out: 49, kernel: Extent(1), conv: Conv2d(stride: Extent(2))),
    ConvCase(
      x: [1, 7, 9, 9], out: 9, kernel: Extent(height: 1, width: 7),
      conv: Conv2d(padding: Padding(vertical: 0, horizontal: 3))),
    ConvCase(
      x: [1, 7, 9, 9], out: 50, kernel: Extent(height: 7, width: 1),
      conv: Conv2d(padding: Padding(vertical: 3, horizontal: 0))),
    ConvCase(
      x: [1, 4, 12, 12], out: 8, kernel: Extent(3),
      conv: Conv2d(padding: Padding(top: 0, left: 2, bottom: 1, right: 0), dilation: Extent(2))),
    ConvCase(x: [2, 8, 6, 6], out: 12, kernel: Extent(3), conv: Conv2d(padding: Padding(1), groups: 4)),
    ConvCase(x: [2, 34, 7, 9], out: 38, kernel: Extent(3), conv: Conv2d(stride: Extent(2), groups: 2)),
    ConvCase(x: [1, 5, 6, 7], out: 15, kernel: Extent(3), conv: Conv2d(padding: Padding(1), groups: 5)),
    depthwise([2, 3, 9, 11], 3),
    depthwise([1, 6, 8, 5], 3, Extent(2)),
    depthwise([2, 13, 10, 7], 3),
    depthwise([1, 16, 9, 9], 3, Extent(2)),
    depthwise([2, 29, 12, 13], 3, Extent(2)),
    depthwise([1, 40, 7, 6], 3),
    depthwise([1, 34, 5, 3], 3),
    depthwise([2, 20, 7, 4], 3),
    depthwise([2, 17, 6, 9], 3, Extent(height: 1, width: 2)),
    depthwise([1, 70, 1, 6], 3),
    depthwise([2, 66, 3, 2], 3, Extent(2)),
    depthwise([1, 135, 8, 8], 8, padded: false),
    depthwise([1, 21, 11, 10], 3, dilation: 2),
    depthwise([1, 19, 13, 12], 5, Extent(height: 2, width: 3)),
    depthwise([3, 33, 7, 7], 7, padded: false),
    depthwise([1, 18, 17, 19], 17, padded: false),
  ]

  private static func depthwise(
    _ x: [Int], _ kernel: Int, _ stride: Extent = Extent(1), dilation: Int = 1, padded: Bool = true
  ) -> ConvCase {
    ConvCase(
      x: x, out: x[1], kernel: Extent(kernel),
      conv: Conv2d(
        stride: stride, padding: Padding(padded ? kernel / 2 : 0), dilation: Extent(dilation), groups: x[1]))
  }

  @Test(arguments: convCases, instructionSets)
  func convolutionWithEverythingFused(_ test: ConvCase, _ set: InstructionSet) throws {
    var random = SeededGenerator(seed: UInt64(test.out))
    let groupIn = test.x[1] / test.conv.groups
    let weight = random.tensor([test.out, groupIn, test.kernel.height, test.kernel.width], in: -0.3...0.3)
    var builder = GraphBuilder()
    let x = builder.input()
    let w = builder.parameter("w", weight)
    let b = builder.parameter("b", random.tensor([test.out]))
    let slope = builder.parameter("slope", random.tensor([test.out], in: 0...0.5))
    let conv = builder.apply(test.conv, [x, w, b], name: "conv")
    let activated = builder.apply(PReLU(), [conv, slope], name: "prelu")
    let statistics = (0..<4).map { builder.parameter("s\($0)", random.tensor([test.out], in: 0.5...1.5)) }
    let second = builder.apply(test.conv, [x, w], name: "conv2")
    let norm = builder.apply(BatchNorm(epsilon: 1e-3), [second] + statistics, name: "bn")
    let scaled = builder.apply(Scale(factor: 0.17, channels: test.out), [norm], name: "scale")
    let sum = builder.apply(Add(), [activated, scaled], name: "add")
    let relu = builder.apply(ReLU(), [sum], name: "relu")
    let joined = builder.apply(Concat(axis: 1), [activated, relu, norm], name: "concat")
    let input = random.tensor(Shape(test.x))
    try expectPlanMatches(builder.build(outputs: [activated]), input, set)
    try expectPlanMatches(builder.build(outputs: [joined, relu]), input, set)
  }

  @Test(arguments: instructionSets)
  func poolsAndPaddedSums(_ set: InstructionSet) throws {
    var random = SeededGenerator(seed: 5)
    let window = Window(kernel: Extent(3), stride: Extent(2), ceiling: true)
    let padded = Window(kernel: Extent(3), stride: Extent(1), padding: Padding(1))
    for shape: Shape in [[1, 5, 9, 12], [2, 3, 8, 8], [1, 1, 3, 3], [2, 10, 7, 9], [1, 19, 6, 5]] {
      var builder = GraphBuilder()
      let x = builder.input()
      let a = builder.apply(MaxPool2d(window), [x], name: "max")
      let b = builder.apply(AveragePool2d(padded), [x], name: "average")
      let c = builder.apply(AveragePool2d(padded, countsPadding: true), [b], name: "counted")
      let sum = builder.apply(AddPadded(), [a, c], name: "sum")
      let mean = builder.apply(GlobalAveragePool(), [sum], name: "mean")
      let flat = builder.apply(Flatten(), [mean], name: "flat")
      let unit = builder.apply(L2Normalize(), [flat], name: "unit")
      let turned = builder.apply(Transpose([0, 3, 2, 1]), [sum], name: "turned")
      let soft = builder.apply(Softmax(axis: 1), [turned], name: "soft")
      try expectPlanMatches(builder.build(outputs: [sum, unit, soft, a]), random.tensor(shape), set)
    }
  }

  /// Each activation after a convolution, after a depthwise convolution, and alone in every rank.
  @Test(arguments: instructionSets)
  func activations(_ set: InstructionSet) throws {
    let activations: [any ElementwiseOperation] = [
      ReLU(), LeakyReLU(slope: 0.3), Clip(lower: 0, upper: 0.7), Clip(lower: -0.5), Sigmoid(), HardSigmoid(),
      HardSwish(), Tanh(), MathFunction(.softsign),
    ]
    for (index, activation) in activations.enumerated() {
      var random = SeededGenerator(seed: UInt64(index) + 70)
      for channels in [3, 21, 50] {
        var builder = GraphBuilder()
        let x = builder.input()
        let weight = builder.parameter("w", random.tensor([channels, channels, 1, 1], in: -0.2...0.2))
        let filter = builder.parameter("f", random.tensor([channels, 1, 3, 3], in: -0.3...0.3))
        let dense = builder.apply(Conv2d(), [x, weight], name: "dense")
        let a = builder.apply(activation, [dense], name: "a")
        let wise = builder.apply(Conv2d(padding: Padding(1), groups: channels), [a, filter], name: "wise")
        let b = builder.apply(activation, [wise], name: "b")
        let sum = builder.apply(Add(), [a, b], name: "sum")
        let c = builder.apply(activation, [sum], name: "c")
        let joined = builder.apply(Concat(), [c, a], name: "joined")
        let d = builder.apply(activation, [joined], name: "d")
        let flat = builder.apply(Flatten(), [d], name: "flat")
        let e = builder.apply(activation, [flat], name: "e")
        try expectPlanMatches(
          builder.build(outputs: [e, c, sum]), random.tensor([2, channels, 5, 7], in: -2...2), set, tolerance: 2e-4)
      }
      var builder = GraphBuilder()
      let y = builder.apply(activation, [builder.input()], name: "alone")
      let graph = builder.build(outputs: [y])
      for shape: Shape in [[37], [3, 7, 5], [2, 3, 2, 5, 3], [1, 1, 1, 1], [5, 19]] {
        try expectPlanMatches(graph, random.tensor(shape, in: -3...3), set)
      }
    }
  }

  /// Heads that become one convolution and share its memory, one of them an output and read by others as well.
  @Test(arguments: instructionSets)
  func headsOfOneInput(_ set: InstructionSet) throws {
    var random = SeededGenerator(seed: 51)
    var builder = GraphBuilder()
    let x = builder.input()
    let stem = builder.apply(ReLU(), [x], name: "stem")
    let heads = [2, 5, 20, 40].map { channels in
      let weight = builder.parameter("w\(channels)", random.tensor([channels, 6, 3, 3], in: -0.3...0.3))
      let bias = builder.parameter("b\(channels)", random.tensor([channels]))
      return builder.apply(
        Conv2d(padding: Padding(1)), channels == 5 ? [stem, weight] : [stem, weight, bias], name: "head\(channels)")
    }
    let next = builder.parameter("next", random.tensor([4, 5, 3, 3], in: -0.3...0.3))
    let after = builder.apply(Conv2d(padding: Padding(1)), [heads[1], next], name: "after")
    let flat = heads.map { head in
      let turned = builder.apply(Transpose([0, 2, 3, 1]), [head], name: "turned")
      return builder.apply(Flatten(), [turned], name: "flat")
    }
    let joined = builder.apply(Concat(), [heads[0], heads[3]], name: "joined")
    try expectPlanMatches(
      builder.build(outputs: flat + [after, heads[1], joined]), random.tensor([2, 6, 7, 9]), set)
  }

  /// Copies by tables, interpolation and reshapes between pixels and rows.
  @Test(arguments: instructionSets)
  func selections(_ set: InstructionSet) throws {
    var random = SeededGenerator(seed: 53)
    func axes(_ height: Int, _ width: Int) -> [Resize.Axis] {
      [
        Resize.Axis(axis: 2, length: height, scale: Float(height) / 5),
        Resize.Axis(axis: 3, length: width, scale: Float(width) / 7),
      ]
    }
    let operations: [any Networks.Operation] = [
      Resize(axes: axes(10, 14), mode: .nearest(.floor), coordinates: .asymmetric),
      Resize(axes: axes(8, 3), mode: .nearest(.preferFloor), coordinates: .halfPixel),
      Resize(axes: axes(9, 16), mode: .linear, coordinates: .halfPixel),
      Resize(axes: [axes(3, 5)[1]], mode: .linear, coordinates: .alignCorners),
      Resize(axes: axes(11, 4), mode: .cubic(coefficient: -0.75, excludesOutside: true), coordinates: .halfPixel),
      Pad(before: [0, 1, 2, 0], after: [0, 0, -1, 3], mode: .constant(0.5)),
      Pad(before: [1, 0, 2, 3], after: [0, 0, 0, 1], mode: .reflect),
      Slice([Slice.Range(axis: 2, start: 4, step: -2, count: 3), Slice.Range(axis: 3, start: 1, count: 4)]),
      Slice([Slice.Range(axis: 1, start: 2, count: 3), Slice.Range(axis: 0, start: 1, count: 1)]),
      Reshape([0, 6, -1]), Reshape([0, -1, 7, 2]), Reshape([-1]), Reshape([2, 210, 1, 1]), Reshape([2, 1, 30, 7]),
      Reshape([2, 2, 3, 5, 7]),
    ]
    for operation in operations {
      var builder = GraphBuilder()
      let x = builder.input()
      let y = builder.apply(ReLU(), [x], name: "relu")
      let selected = builder.apply(operation, [y], name: "selected")
      let z = builder.apply(Sigmoid(), [selected], name: "sigmoid")
      try expectPlanMatches(builder.build(outputs: [z, selected, y]), random.tensor([2, 6, 5, 7]), set)
      try expectPlanMatches(builder.build(outputs: [z]), random.tensor([2, 6, 5, 7]), set, lanes: 2)
    }
    // From rows back to pixels.
    var builder = GraphBuilder()
    let rows = builder.apply(Sigmoid(), [builder.input()], name: "sigmoid")
    let pixels = builder.apply(Reshape([2, 4, 5, -1]), [rows], name: "pixels")
    let turned = builder.apply(Transpose([0, 2, 1]), [rows], name: "turned")
    let others = builder.apply(Reshape([0, 2, 5, 6]), [turned], name: "others")
    try expectPlanMatches(builder.build(outputs: [pixels, others]), random.tensor([2, 20, 3]), set)
  }

  /// Outputs that are inputs or parameters, and a value that many read in different layouts.
  @Test func outputsOfEveryKind() throws {
    var random = SeededGenerator(seed: 54)
    var builder = GraphBuilder()
    let (x, y) = (builder.input(), builder.input())
    let weight = builder.parameter("w", random.tensor([4, 3, 3, 3]))
    let conv = builder.apply(Conv2d(padding: Padding(1)), [x, weight], name: "conv")
    let flat = builder.apply(Reshape([0, -1, 4]), [conv], name: "flat")
    let more = builder.apply(Conv2d(padding: Padding(1)), [x, weight], name: "more")
    let sum = builder.apply(Add(), [more, conv], name: "sum")
    let five = builder.apply(Reshape([0, 2, 2, 5, 6]), [sum], name: "five")
    let turned = builder.apply(Transpose([0, 2, 1, 3, 4]), [five], name: "turned")
    let product = builder.apply(Multiply(), [turned, y], name: "product")
    let graph = builder.build(outputs: [x, weight, conv, flat, sum, product, y, turned, conv])
    let inputs = [random.tensor([2, 3, 5, 6]), random.tensor([2, 1, 1, 6])]
    let expected = try PlainExecution.run(graph, inputs: inputs)
    let plan = try InferencePlan(graph, example: inputs.map(\.shape))
    for _ in 0..<2 {
      let outputs = try plan.run(inputs)
      #expect(outputs.count == expected.count)
      for (output, wanted) in zip(outputs, expected) {
        #expect(largestDifference(output, wanted).map { $0 <= 2e-5 } == true)
      }
    }
    #expect(try plan.profile(inputs).entries.map(\.name).contains("product"))
  }

  /// Squeeze and excitation, then a sum that two read, then a PReLU; constants of every layout.
  @Test(arguments: instructionSets)
  func broadcastArithmetic(_ set: InstructionSet) throws {
    var random = SeededGenerator(seed: 52)
    for channels in [3, 16, 21] {
      var builder = GraphBuilder()
      let x = builder.input()
      let mean = builder.apply(GlobalAveragePool(), [x], name: "mean")
      let weight = builder.parameter("w", random.tensor([channels, channels, 1, 1], in: -0.5...0.5))
      let gate = builder.apply(Sigmoid(), [builder.apply(Conv2d(), [mean, weight], name: "conv")], name: "gate")
      let scaled = builder.apply(Multiply(), [x, gate], name: "scaled")
      let sum = builder.apply(Add(), [scaled, x], name: "sum")
      let slope = builder.parameter("slope", random.tensor([channels]))
      var values = [builder.apply(PReLU(), [sum, slope], name: "prelu")]
      for shape: Shape in [[1, channels, 1, 1], [channels, 5, 7], [7], [], [2, 1, 5, 1], [2, channels, 5, 7]] {
        let constant = builder.parameter("c", random.tensor(shape, in: 0.5...1.5))
        let last = values[values.count - 1]
        values.append(builder.apply(Subtract(), [constant, last], name: "difference"))
        values.append(builder.apply(Divide(), [sum, constant], name: "quotient"))
        values.append(builder.apply(Extremum(largest: true), [last, constant], name: "largest"))
        values.append(builder.apply(Extremum(largest: false), [last, sum], name: "smallest"))
      }
      let flat = builder.apply(Flatten(), [sum], name: "flat")
      let row = builder.parameter("row", random.tensor([channels * 35]))
      values.append(builder.apply(Multiply(), [flat, row], name: "row"))
      try expectPlanMatches(builder.build(outputs: values), random.tensor([2, channels, 5, 7]), set)
    }
  }

  /// Sigmoid to the last bits, far from zero too.
  @Test(arguments: instructionSets)
  func sigmoidIsExact(_ set: InstructionSet) throws {
    var builder = GraphBuilder()
    let y = builder.apply(Sigmoid(), [builder.input()], name: "sigmoid")
    let plan = try InferencePlan(builder.build(outputs: [y]), example: [[401]], instructionSet: set)
    let x = Tensor(shape: [401], values: (0..<401).map { Float($0 - 200) / 2 })
    for (x, y) in zip(x.values, try plan.run(x)[0].values) {
      let exact = 1 / (1 + exp(-Double(x)))
      #expect(abs(Double(y) - exact) <= 3e-7 * exact + 1e-37, "sigmoid(\(x)) = \(y)")
    }
  }

  @Test(arguments: instructionSets)
  func rearrangements(_ set: InstructionSet) throws {
    var random = SeededGenerator(seed: 31)
    for order in [[0, 2, 3, 1], [2, 3, 0, 1], [0, 3, 1, 2], [3, 2, 1, 0], [0, 1, 2, 3]] {
      for shape: Shape in [[2, 5, 4, 3], [1, 18, 7, 1], [1, 1, 3, 6]] {
        var builder = GraphBuilder()
        let x = builder.input()
        let y = builder.apply(ReLU(), [x], name: "relu")
        let turned = builder.apply(Transpose(order), [y], name: "turned")
        let flat = builder.apply(Flatten(), [turned], name: "flat")
        let sigmoid = builder.apply(Sigmoid(), [flat], name: "sigmoid")
        try expectPlanMatches(builder.build(outputs: [sigmoid, y]), random.tensor(shape), set)
        try expectPlanMatches(builder.build(outputs: [turned, sigmoid]), random.tensor(shape), set)
      }
    }
    for (order, shape): ([Int], Shape) in [
      ([0, 2, 1], [2, 3, 5]), ([1, 0], [7, 4]), ([0, 2, 1, 3, 4], [2, 3, 4, 5, 2]),
    ] {
      var builder = GraphBuilder()
      let turned = builder.apply(Transpose(order), [builder.input()], name: "turned")
      try expectPlanMatches(builder.build(outputs: [turned]), random.tensor(shape), set)
    }
  }

  @Test func lanesGiveTheSameAnswer() throws {
    var random = SeededGenerator(seed: 9)
    var builder = GraphBuilder()
    let x = builder.input()
    var value = x
    for layer in 0..<3 {
      let weight = builder.parameter("w\(layer)", random.tensor([64, layer == 0 ? 3 : 64, 3, 3], in: -0.1...0.1))
      value = builder.apply(Conv2d(padding: Padding(1)), [value, weight], name: "conv\(layer)")
      value = builder.apply(ReLU(), [value], name: "relu\(layer)")
      let filter = builder.parameter("f\(layer)", random.tensor([64, 1, 3, 3], in: -0.5...0.5))
      value = builder.apply(Conv2d(padding: Padding(1), groups: 64), [value, filter], name: "wise\(layer)")
      let sigmoid = builder.apply(Sigmoid(), [value], name: "sigmoid\(layer)")
      value = builder.apply(Add(), [sigmoid, value], name: "sum\(layer)")
    }
    let graph = builder.build(outputs: [value])
    try expectPlanMatches(graph, random.tensor([1, 3, 40, 52]), .current, lanes: 4, tolerance: 1e-4)
    try expectPlanMatches(graph, random.tensor([1, 3, 4, 4]), .current, lanes: 4, tolerance: 1e-4)
  }

  @Test func shapesThatDoNotFitAreErrors() throws {
    var random = SeededGenerator(seed: 3)
    var builder = GraphBuilder()
    let x = builder.input()
    let weight = builder.parameter("w", random.tensor([4, 3, 3, 3]))
    let conv = builder.apply(Conv2d(), [x, weight], name: "layer.conv")
    let graph = builder.build(outputs: [conv])
    let plan = try InferencePlan(graph, example: [[1, 3, 8, 8]])
    for shape: Shape in [[1, 4, 8, 8], [1, 3, 2, 8], [3, 8, 8]] {
      #expect(throws: GraphError.self) { try plan.run(random.tensor(shape)) }
    }
    do {
      _ = try plan.run(random.tensor([1, 4, 8, 8]))
    } catch let error as GraphError {
      #expect(error.message.contains("layer.conv"))
    }
  }
}
