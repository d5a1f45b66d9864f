import Tensors
import Testing

@testable import Networks

/// Forward and gradients channels-last against the plain arithmetic, on odd sizes and every instruction set.
@Suite struct ChannelsLastTrainingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var operation: any ChannelsLastTraining
    var shapes: [Shape]
    var isTrained = [Bool]()
    var usesBatchStatistics = true

    var testDescription: String { "\(type(of: operation).name) \(shapes)" }
  }

  private static func conv(
    _ x: Shape, _ weight: Shape, stride: Extent = Extent(1), padding: Padding = Padding(0),
    dilation: Extent = Extent(1), groups: Int = 1, bias: Bool = false
  ) -> Case {
    Case(
      operation: Conv2d(stride: stride, padding: padding, dilation: dilation, groups: groups),
      shapes: [x, weight] + (bias ? [[weight[0]]] : []))
  }

  static let convolutions: [Case] = [
    conv([2, 3, 9, 11], [32, 3, 3, 3], stride: Extent(2)),
    conv([2, 5, 7, 6], [49, 5, 3, 3], padding: Padding(1), bias: true),
    conv([3, 17, 5, 5], [33, 17, 1, 1], bias: true),
    conv([1, 65, 8, 7], [16, 65, 1, 7], padding: Padding(vertical: 0, horizontal: 3)),
    conv([2, 31, 8, 3], [20, 31, 7, 1], padding: Padding(vertical: 3, horizontal: 0)),
    conv([2, 8, 10, 9], [7, 8, 3, 3], stride: Extent(2), padding: Padding(1)),
    conv([2, 8, 7, 7], [50, 8, 1, 1], stride: Extent(2)),
    conv([1, 4, 12, 13], [6, 4, 2, 5], stride: Extent(height: 3, width: 2), padding: Padding(0)),
    conv([1, 4, 9, 8], [6, 4, 3, 3], padding: Padding(top: 0, left: 1, bottom: 2, right: 3), bias: true),
    conv([1, 4, 5, 5], [6, 4, 1, 1], padding: Padding(2)),
    conv([1, 3, 12, 11], [5, 3, 3, 3], padding: Padding(2), dilation: Extent(2)),
    conv([2, 12, 6, 5], [15, 4, 3, 3], padding: Padding(1), groups: 3, bias: true),
    conv([2, 40, 9, 9], [40, 1, 3, 3], padding: Padding(1), groups: 40, bias: true),
    conv([2, 19, 9, 8], [19, 1, 3, 3], stride: Extent(2), padding: Padding(1), groups: 19),
    conv([2, 70, 7, 7], [70, 1, 7, 7], groups: 70),
    conv([1, 3, 7, 7], [3, 1, 3, 3], padding: Padding(1), groups: 3),
    // More pixels than one block of sums, more than one range of rows.
    conv([2, 9, 23, 21], [100, 9, 3, 3], padding: Padding(1)),
  ]

  static let others: [Case] = [
    Case(operation: ReLU(), shapes: [[2, 19, 5, 7]]),
    Case(operation: PReLU(), shapes: [[3, 70, 9, 5], [70]]),
    Case(operation: PReLU(), shapes: [[1, 3, 4, 5], [3]]),
    Case(operation: Add(), shapes: [[2, 19, 5, 7], [2, 19, 5, 7]]),
    Case(operation: GlobalAveragePool(), shapes: [[2, 37, 3, 5]]),
    Case(operation: Scale(factor: 0.17, channels: 19), shapes: [[2, 19, 5, 7]]),
    Case(operation: Concat(axis: 1), shapes: [[2, 19, 5, 7], [2, 3, 5, 7], [2, 18, 5, 7]]),
    Case(operation: MaxPool2d(Window(kernel: Extent(3), stride: Extent(2))), shapes: [[2, 67, 9, 7]]),
    Case(
      operation: MaxPool2d(
        Window(kernel: Extent(height: 3, width: 2), stride: Extent(2), padding: Padding(1), ceiling: true)),
      shapes: [[2, 5, 8, 9]]),
    Case(
      operation: AveragePool2d(Window(kernel: Extent(3), stride: Extent(2), padding: Padding(1)), countsPadding: true),
      shapes: [[2, 21, 8, 9]]),
    Case(
      operation: AveragePool2d(Window(kernel: Extent(3), stride: Extent(2), ceiling: true)), shapes: [[1, 5, 8, 9]]),
    batchNorm([3, 70, 9, 7]), batchNorm([2, 5, 3, 3]), batchNorm([1, 33, 40, 41]),
    batchNorm([3, 70, 9, 7], usesBatchStatistics: false), batchNorm([1, 4, 1, 1]),
    batchNorm([3, 70, 9, 7], isRectified: true), batchNorm([2, 5, 3, 3], isRectified: true),
    batchNorm([3, 70, 9, 7], usesBatchStatistics: false, isRectified: true),
  ]

  private static func batchNorm(
    _ x: Shape, usesBatchStatistics: Bool = true, isRectified: Bool = false
  ) -> Case {
    let norm = BatchNorm(epsilon: 1e-3)
    return Case(
      operation: isRectified ? RectifiedBatchNorm(norm: norm) : norm,
      shapes: [x] + [Shape](repeating: [x[1]], count: 4),
      isTrained: [true, true, true, false, false], usesBatchStatistics: usesBatchStatistics)
  }

  @Test(arguments: convolutions + others) func matchesPlainArithmetic(_ test: Case) throws {
    var random = SeededGenerator(seed: 77)
    var inputs = test.shapes.map { random.tensor($0) }
    if test.operation is BatchNorm || test.operation is RectifiedBatchNorm {
      inputs[4] = random.tensor(test.shapes[4], in: 0.5...2)
    }
    let needs = test.isTrained.isEmpty ? inputs.map { _ in true } : test.isTrained
    let plainContext = TrainingContext(needs: needs, usesBatchStatistics: test.usesBatchStatistics)
    let plain = try test.operation.record(inputs, plainContext)
    let y = plain.outputs[0].plain(memory: nil)
    let dy = random.tensor(y.shape)
    let wanted = try plain.pullback([.plain(dy)]).map { $0?.plain(memory: nil) }
    let pool = WorkPool(lanes: 3)
    for instructionSet in InstructionSet.allCases where instructionSet.isSupported {
      for isSlice in [false, true] {
        let context = TrainingContext(
          needs: needs, pool: pool, memory: TensorMemory(), instructionSet: instructionSet,
          usesBatchStatistics: test.usesBatchStatistics)
        let values = inputs.map {
          $0.shape.rank == 4 && !(test.operation is Conv2d && $0.shape != inputs[0].shape)
            ? Self.channelsLast($0, isSlice: isSlice) : .plain($0)
        }
        let label = "\(instructionSet) slice \(isSlice)"
        let fast = try #require(try test.operation.recordChannelsLast(values, context))
        expectClose(fast.outputs[0].plain(memory: nil), y, "\(label), output")
        #expect(fast.updates.keys.sorted() == plain.updates.keys.sorted())
        for (index, update) in plain.updates {
          expectClose(try #require(fast.updates[index]), update, "\(label), update \(index)")
        }
        let gradients = try fast.pullback([Self.channelsLast(dy, isSlice: isSlice)])
        for index in inputs.indices where needs[index] {
          guard let expected = wanted[index] else { continue }
          let gradient = try #require(gradients[index])
          expectClose(gradient.plain(memory: nil), expected, "\(label), gradient \(index)")
        }
      }
    }
  }

  /// The same values channels-last, alone or as some of the channels of a wider block.
  static func channelsLast(_ tensor: Tensor, isSlice: Bool) -> TapeValue {
    let dense = ChannelsLast(tensor, memory: nil)
    guard isSlice else { return .channelsLast(dense) }
    let (before, channels, total) = (3, dense.channels, dense.channels + 5)
    let wide = ChannelsLast([dense.images, total, dense.height, dense.width]) { y in
      y.initialize(repeating: .nan)
      dense.withUnsafePixels { x in
        for pixel in 0..<dense.pixels {
          for channel in 0..<channels { y[pixel * total + before + channel] = x[pixel * channels + channel] }
        }
      }
    }
    return .channelsLast(wide.slice(before..<before + channels))
  }

  private func expectClose(_ a: Tensor, _ b: Tensor, _ label: String) {
    #expect(a.shape == b.shape, "\(label)")
    guard a.shape == b.shape else { return }
    let size = b.values.map(abs).max() ?? 0
    let difference = largestDifference(a, b) ?? .infinity
    #expect(difference <= 2e-5 * max(size, 1) && !a.values.contains { $0.isNaN }, "\(label): \(difference) of \(size)")
  }
}
