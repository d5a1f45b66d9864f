import Tensors
import Testing

@testable import Networks

/// Backward of each differentiable operation against central differences, and channels-last against plain.
@Suite struct OperationGradientTests {
  private func context(_ test: GradientCase, needs: [Bool]? = nil, pool: WorkPool = .serial) -> TrainingContext {
    TrainingContext(
      needs: needs ?? test.shapes.indices.map { !test.fixed.contains($0) }, pool: pool,
      usesBatchStatistics: test.batchStatistics, seed: 77)
  }

  @Test(arguments: GradientCase.all) func backwardMatchesCentralDifferences(_ test: GradientCase) throws {
    var random = SeededGenerator(seed: 21)
    let inputs = test.inputs(&random)
    let recorded = try test.operation.record(inputs, context(test))
    let weights = recorded.outputs.map { random.tensor($0.shape) }
    func loss(_ inputs: [Tensor]) throws -> Double {
      let outputs = try test.operation.record(inputs, context(test)).outputs.map { $0.plain(memory: nil) }
      return zip(outputs, weights).reduce(0) { sum, pair in
        zip(pair.0.values, pair.1.values).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let gradients = try recorded.pullback(weights.map { .plain($0) })
    #expect(gradients.count == inputs.count)
    let step: Float = 1e-2
    for (index, gradient) in gradients.enumerated() {
      guard !test.fixed.contains(index) else {
        #expect(gradient == nil)
        continue
      }
      let gradient = try #require(gradient).plain(memory: nil)
      #expect(gradient.shape == inputs[index].shape)
      for element in 0..<gradient.count {
        func moved(_ by: Float) throws -> Double {
          var changed = inputs
          changed[index].withUnsafeMutableBuffer { $0[element] += by }
          return try loss(changed)
        }
        let numeric = (try moved(step) - moved(-step)) / Double(2 * step)
        let tolerance = 3e-3 * max(1, abs(numeric))
        #expect(abs(numeric - Double(gradient.values[element])) < tolerance, "input \(index), element \(element)")
      }
    }
  }

  /// The pullback of ``DifferentiableOperation/backward(inputs:outputs:gradients:)`` and of `record` are one where
  /// training is as inference.
  @Test(arguments: GradientCase.all.filter { !$0.batchStatistics && !($0.operation is Dropout) })
  func bothWaysBackAgree(_ test: GradientCase) throws {
    var random = SeededGenerator(seed: 22)
    let inputs = test.inputs(&random)
    let outputs = try test.operation.forward(inputs)
    let weights = outputs.map { random.tensor($0.shape) }
    let direct = try test.operation.backward(inputs: inputs, outputs: outputs, gradients: weights)
    let recorded = try test.operation.record(inputs, context(test)).pullback(weights.map { .plain($0) })
    #expect(direct.count == recorded.count)
    for (a, b) in zip(direct, recorded) { #expect(a?.values == b?.plain(memory: nil).values) }
  }

  static let channelsLast = GradientCase.all.filter {
    ($0.operation is any ChannelsLastTraining || $0.operation is any ElementwiseOperation) && $0.shapes[0].rank == 4
  }

  /// Also with inputs that are ranges of wider blocks, and with two threads.
  @Test(arguments: channelsLast, [false, true])
  func channelsLastMatchesPlain(_ test: GradientCase, views: Bool) throws {
    var random = SeededGenerator(seed: 23)
    let inputs = test.inputs(&random)
    let plain = try test.operation.record(inputs, context(test))
    let weights = plain.outputs.map { random.tensor($0.shape) }
    let lying = inputs.enumerated().map { index, input -> TapeValue in
      guard input.shape.rank == 4, !Self.isParameter(index, test) else { return .plain(input) }
      return .channelsLast(views ? Self.view(input) : ChannelsLast(input, memory: nil))
    }
    let memory = TensorMemory()
    var context = context(test, pool: WorkPool(lanes: 2))
    context.memory = memory
    let recorded: Recorded?
    if let operation = test.operation as? any ChannelsLastTraining {
      recorded = try operation.recordChannelsLast(lying, context)
    } else if let operation = test.operation as? any ElementwiseOperation & DifferentiableOperation {
      recorded = try operation.recordInMemoryOrder(lying, context)
    } else {
      recorded = nil
    }
    // An operation may leave some cases to the plain path.
    guard let recorded else { return }
    #expect(Set(plain.updates.keys) == Set(recorded.updates.keys))
    for (index, update) in plain.updates { try Self.expectClose(update, recorded.updates[index], "update \(index)") }
    for (a, b) in zip(plain.outputs, recorded.outputs) {
      try Self.expectClose(a.plain(memory: nil), b.plain(memory: nil), "output")
      if a.shape.rank == 4 { #expect(Self.isChannelsLast(b)) }
    }
    let expected = try plain.pullback(weights.map { .plain($0) })
    let actual = try recorded.pullback(
      zip(recorded.outputs, weights).map { output, weight in
        guard Self.isChannelsLast(output) else { return .plain(weight) }
        return .channelsLast(views ? Self.view(weight) : ChannelsLast(weight, memory: nil))
      })
    for index in expected.indices {
      try Self.expectClose(
        expected[index]?.plain(memory: nil), actual[index]?.plain(memory: nil), "gradient \(index)")
    }
  }

  /// Inputs after the first of an operation with weights are parameters; those of sums and the like are not.
  private static func isParameter(_ index: Int, _ test: GradientCase) -> Bool {
    test.operation.learnedInputs.contains(index) || test.fixed.contains(index)
  }

  private static func isChannelsLast(_ value: TapeValue) -> Bool {
    if case .channelsLast = value { true } else { false }
  }

  /// The tensor as the middle channels of a wider block.
  private static func view(_ tensor: Tensor) -> ChannelsLast {
    let dense = ChannelsLast(tensor, memory: nil)
    let (channels, pixels) = (dense.channels, dense.pixels)
    let wide = ChannelsLast([dense.images, channels + 5, dense.height, dense.width]) { wide in
      wide.initialize(repeating: .nan)
      dense.withUnsafePixels { x in
        for pixel in 0..<pixels {
          for channel in 0..<channels { wide[pixel * (channels + 5) + 2 + channel] = x[pixel * channels + channel] }
        }
      }
    }
    return wide.slice(2..<2 + channels)
  }

  private static func expectClose(_ a: Tensor?, _ b: Tensor?, _ what: Comment) throws {
    guard let a, let b else {
      #expect((a == nil) == (b == nil), what)
      return
    }
    let difference = try #require(largestDifference(a, b), what)
    let scale = a.values.map(\.magnitude).max() ?? 0
    #expect(difference <= 2e-5 * max(1, scale), what)
  }

  /// What training cannot go through, and why.
  static let withoutGradient: [String: String] = [
    "ArgMax": "gives indices",
    "Cast": "gives whole numbers",
    "Comparison": "gives truth values",
    "ConvInteger": "whole numbers of a quantized network",
    "DequantizeLinear": "whole numbers of a quantized network",
    "DynamicQuantizeLinear": "whole numbers of a quantized network",
    "MatMulInteger": "whole numbers of a quantized network",
    "QLinearAdd": "whole numbers of a quantized network",
    "QuantizeLinear": "whole numbers of a quantized network",
  ]

  @Test func everyOtherOperationIsDifferentiable() {
    let without = OperationCatalog.all.filter { !($0 is any DifferentiableOperation.Type) }.map { $0.name }
    #expect(Set(without) == Set(Self.withoutGradient.keys))
  }

  @Test func everyDifferentiableOperationIsTried() {
    let tried = Set(GradientCase.all.map { type(of: $0.operation).name })
    let all = OperationCatalog.all.filter { $0 is any DifferentiableOperation.Type }.map { $0.name }
    #expect(all.filter { !tried.contains($0) } == [])
  }

  @Test func catalogNamesAreUnique() {
    let names = OperationCatalog.all.map { $0.name }
    #expect(Set(names).count == names.count)
  }
}
