import Tensors
import Testing

@testable import Networks

/// The differentiable operations and the shapes and ranges they are tried on.
struct GradientCase: Sendable, CustomTestStringConvertible {
  /// Where the inputs come from: away from places without a derivative.
  enum Domain: Sendable {
    case apartFromZero, positive, aboveOne
    /// -0.9 ... 0.9, apart from zero.
    case belowOne
    /// No two values close to each other, so that the largest stays the largest.
    case distinct
  }

  var operation: any DifferentiableOperation
  var shapes: [Shape]
  var domain = Domain.apartFromZero
  /// Inputs whose gradient is not asked for, because they only steer.
  var fixed: Set<Int> = []
  var batchStatistics = false

  var testDescription: String { "\(type(of: operation).name) \(operation) \(shapes)" }

  func inputs(_ random: inout SeededGenerator) -> [Tensor] {
    shapes.map { shape in
      let values = random.tensor(shape).values
      return switch domain {
      case .apartFromZero: Tensor(shape: shape, values: values.map { $0 < 0 ? $0 - 0.1 : $0 + 0.1 })
      case .positive: Tensor(shape: shape, values: values.map { 0.9 + 0.6 * $0 })
      case .aboveOne: Tensor(shape: shape, values: values.map { 1.8 + 0.5 * $0 })
      case .distinct:
        Tensor(shape: shape, values: values.indices.shuffled(using: &random).map { 0.07 * Float($0) - 1 })
      case .belowOne: Tensor(shape: shape, values: values.map { $0 < 0 ? 0.7 * $0 - 0.1 : 0.7 * $0 + 0.1 })
      }
    }
  }

  static let all: [GradientCase] = images + elementwise + pairs + lines + movements

  /// Convolutions, pools, batch norm and what goes with them.
  static let images: [GradientCase] = [
    GradientCase(operation: Conv2d(), shapes: [[2, 3, 4, 5], [4, 3, 1, 1]]),
    GradientCase(operation: Conv2d(padding: Padding(1)), shapes: [[1, 2, 3, 4], [3, 2, 3, 3], [3]]),
    GradientCase(operation: Conv2d(stride: Extent(2)), shapes: [[3, 2, 7, 6], [2, 2, 3, 3]]),
    GradientCase(
      operation: Conv2d(stride: Extent(height: 2, width: 1), padding: Padding(top: 1, left: 0, bottom: 0, right: 2)),
      shapes: [[1, 1, 5, 4], [2, 1, 3, 2], [2]]),
    GradientCase(
      operation: Conv2d(padding: Padding(vertical: 0, horizontal: 3)), shapes: [[1, 2, 2, 5], [2, 2, 1, 7]]),
    GradientCase(operation: Conv2d(dilation: Extent(height: 2, width: 3)), shapes: [[1, 2, 6, 8], [2, 2, 3, 2]]),
    GradientCase(operation: Conv2d(padding: Padding(1), groups: 2), shapes: [[2, 4, 3, 3], [6, 2, 3, 3], [6]]),
    GradientCase(
      operation: Conv2d(stride: Extent(2), padding: Padding(1), groups: 3), shapes: [[2, 3, 5, 5], [3, 1, 3, 3]]),
    GradientCase(operation: Conv2d(), shapes: [[1, 3, 1, 1], [2, 3, 1, 1], [2]]),
    GradientCase(operation: Conv2d(padding: Padding(1)), shapes: [[3, 17, 1, 1], [19, 17, 3, 3], [19]]),
    GradientCase(
      operation: ConvTranspose2d(
        stride: Extent(2), padding: Padding(1), outputPadding: Extent(height: 1, width: 0)),
      shapes: [[2, 2, 3, 4], [2, 3, 3, 3], [3]]),
    GradientCase(
      operation: ConvTranspose2d(dilation: Extent(2), groups: 2), shapes: [[1, 4, 2, 3], [4, 1, 2, 2]]),
    GradientCase(
      operation: BatchNorm(epsilon: 1e-3), shapes: [[3, 2, 3, 4], [2], [2], [2], [2]], domain: .positive,
      fixed: [3, 4]),
    GradientCase(operation: BatchNorm(), shapes: [[1, 3], [3], [3], [3], [3]], domain: .positive, fixed: [3, 4]),
    GradientCase(
      operation: BatchNorm(epsilon: 1e-3), shapes: [[3, 2, 3, 4], [2], [2], [2], [2]], fixed: [3, 4],
      batchStatistics: true),
    GradientCase(
      operation: BatchNorm(epsilon: 1e-2), shapes: [[1, 3, 2, 3], [3], [3], [3], [3]], fixed: [3, 4],
      batchStatistics: true),
    GradientCase(
      operation: BatchNorm(epsilon: 1e-2), shapes: [[5, 3], [3], [3], [3], [3]], fixed: [3, 4], batchStatistics: true),
    GradientCase(
      operation: BatchNorm(epsilon: 1e-2), shapes: [[3, 19, 1, 1], [19], [19], [19], [19]], fixed: [3, 4],
      batchStatistics: true),
    GradientCase(operation: ChannelAffine(), shapes: [[2, 3, 2, 3], [3], [3]]),
    GradientCase(operation: Scale(factor: 0.17, channels: 3), shapes: [[2, 3, 2, 3]]),
    GradientCase(operation: InstanceNorm(epsilon: 1e-2), shapes: [[2, 3, 2, 3], [3], [3]]),
    GradientCase(operation: LocalResponseNorm(size: 3, alpha: 0.5, beta: 0.75, bias: 1), shapes: [[2, 5, 2, 2]]),
    GradientCase(
      operation: MaxPool2d(Window(kernel: Extent(3), stride: Extent(2))), shapes: [[2, 3, 7, 6]], domain: .distinct),
    GradientCase(
      operation: MaxPool2d(Window(kernel: Extent(3), stride: Extent(2), padding: Padding(1), ceiling: true)),
      shapes: [[1, 2, 6, 5]], domain: .distinct),
    GradientCase(
      operation: MaxPool2d(Window(kernel: Extent(2), stride: Extent(1), dilation: Extent(2))),
      shapes: [[3, 1, 4, 5]], domain: .distinct),
    GradientCase(operation: AveragePool2d(Window(kernel: Extent(2), stride: Extent(2))), shapes: [[2, 3, 5, 4]]),
    GradientCase(
      operation: AveragePool2d(
        Window(kernel: Extent(3), stride: Extent(2), padding: Padding(1), ceiling: true), countsPadding: true),
      shapes: [[1, 2, 6, 5]]),
    GradientCase(
      operation: AveragePool2d(Window(kernel: Extent(3), stride: Extent(1), padding: Padding(1))),
      shapes: [[3, 2, 1, 1]]),
    GradientCase(operation: GlobalAveragePool(), shapes: [[2, 3, 3, 4]]),
    GradientCase(operation: GlobalAveragePool(), shapes: [[1, 3, 1, 1]]),
    GradientCase(operation: GlobalMaxPool(), shapes: [[2, 3, 3, 4]], domain: .distinct),
    GradientCase(operation: AddPadded(), shapes: [[2, 3, 2, 3], [2, 5, 3, 3]]),
    GradientCase(operation: AddPadded(), shapes: [[1, 3, 4, 4], [1, 3, 4, 4]]),
    GradientCase(operation: PReLU(), shapes: [[2, 3, 4, 2], [3]]),
    GradientCase(operation: PReLU(), shapes: [[3, 5], [5]]),
    GradientCase(
      operation: Resize(
        axes: [.init(axis: 2, length: 5, scale: 2.5), .init(axis: 3, length: 2, scale: 0.5)], mode: .linear,
        coordinates: .halfPixel), shapes: [[2, 2, 2, 4]]),
    GradientCase(
      operation: Resize(
        axes: [.init(axis: 2, length: 4, scale: 2), .init(axis: 3, length: 6, scale: 2)],
        mode: .nearest(.floor), coordinates: .asymmetric), shapes: [[1, 2, 2, 3]]),
    GradientCase(
      operation: Resize(
        axes: [.init(axis: 3, length: 7, scale: 1.75)], mode: .cubic(coefficient: -0.75, excludesOutside: false),
        coordinates: .alignCorners), shapes: [[1, 2, 2, 4]]),
    GradientCase(operation: NearestResizeLike(), shapes: [[2, 2, 2, 3], [1, 1, 4, 6]], fixed: [1]),
    GradientCase(operation: AnchorRows(length: 2), shapes: [[2, 4, 2, 3], [2, 2, 1, 2]]),
    GradientCase(operation: DepthToSpace(blockSize: 2, channelsFirst: false), shapes: [[1, 8, 2, 3]]),
    GradientCase(operation: DepthToSpace(blockSize: 2, channelsFirst: true), shapes: [[2, 4, 1, 2]]),
    GradientCase(operation: SpaceToDepth(blockSize: 2), shapes: [[2, 2, 4, 2]]),
  ]

  /// One value from one value.
  static let elementwise: [GradientCase] =
    [
      GradientCase(operation: ReLU(), shapes: [[2, 3, 4, 5]]),
      GradientCase(operation: Clip(lower: -0.05, upper: 3), shapes: [[4, 9]]),
      GradientCase(operation: Clip(lower: -3, upper: 0.05), shapes: [[4, 9]]),
      GradientCase(operation: LeakyReLU(slope: 0.2), shapes: [[2, 9]]),
      GradientCase(operation: Sigmoid(), shapes: [[3, 5]]),
      GradientCase(operation: Tanh(), shapes: [[2, 3, 2, 2]]),
      GradientCase(operation: HardSigmoid(alpha: 0.6, beta: 0.02), shapes: [[4, 9]]),
      GradientCase(operation: HardSwish(), shapes: [[4, 9]]),
      GradientCase(operation: ThresholdedReLU(threshold: 0.05), shapes: [[4, 9]]),
      GradientCase(operation: ExponentialLinear(alpha: 0.7, gain: 1.3, width: 0.8), shapes: [[4, 9]]),
      GradientCase(operation: Gelu(), shapes: [[4, 9]]),
      GradientCase(operation: Gelu(approximate: true), shapes: [[4, 9]]),
      GradientCase(operation: Dropout(probability: 0.4), shapes: [[4, 9]]),
      GradientCase(operation: Identity(), shapes: [[2, 3]]),
    ]
    + MathFunction.Function.allCases.map { function in
      let domain: Domain =
        switch function {
        case .log, .sqrt, .reciprocal: .positive
        case .acosh: .aboveOne
        case .acos, .asin, .atanh: .belowOne
        // Apart from the steps between whole numbers.
        case .ceil, .floor, .round, .not, .sign: .belowOne
        default: .apartFromZero
        }
      let shape: Shape = [.ceil, .floor, .round].contains(function) ? [1] : [3, 7]
      return GradientCase(operation: MathFunction(function), shapes: [shape], domain: domain)
    }

  /// One value from two, and products.
  static let pairs: [GradientCase] = [
    GradientCase(operation: Add(), shapes: [[2, 7], [2, 7]]),
    GradientCase(operation: Add(), shapes: [[3, 2, 3, 1], [3, 2, 3, 1]]),
    GradientCase(operation: Add(broadcasts: true), shapes: [[2, 1, 3], [4, 1]]),
    GradientCase(operation: Multiply(), shapes: [[2, 3, 2, 2], [2, 3, 1, 1]]),
    GradientCase(operation: Multiply(), shapes: [[3], [2, 3]]),
    GradientCase(operation: Subtract(), shapes: [[2, 1, 3], [4, 1]]),
    GradientCase(operation: Divide(), shapes: [[2, 1, 3], [4, 1]], domain: .positive),
    GradientCase(operation: Power(), shapes: [[2, 3], [1]], domain: .positive),
    GradientCase(operation: Extremum(largest: true), shapes: [[2, 3], [3]]),
    GradientCase(operation: Extremum(largest: false), shapes: [[2, 1], [3]]),
    GradientCase(operation: Modulo(), shapes: [[3], [1]], domain: .aboveOne),
    GradientCase(operation: BroadcastPReLU(), shapes: [[2, 3, 2, 2], [3, 1, 1]]),
    GradientCase(operation: BroadcastPReLU(), shapes: [[2, 3], [1]]),
    GradientCase(operation: Select(), shapes: [[2, 3], [3], [2, 1]], fixed: [0]),
    GradientCase(operation: Linear(), shapes: [[3, 5], [4, 5], [4]]),
    GradientCase(operation: Linear(), shapes: [[1, 6], [2, 6]]),
    GradientCase(operation: MatMul(), shapes: [[2, 3, 4], [4, 2]]),
    GradientCase(operation: MatMul(), shapes: [[2, 1, 2, 3], [3, 3, 2]]),
    GradientCase(operation: MatMul(), shapes: [[3], [2, 3, 2]]),
    GradientCase(operation: MatMul(), shapes: [[2, 3], [3]]),
  ]

  /// Sums and norms along axes.
  static let lines: [GradientCase] =
    [
      GradientCase(operation: Softmax(axis: 1), shapes: [[3, 4]]),
      GradientCase(operation: Softmax(axis: 1), shapes: [[2, 3, 2, 2]]),
      GradientCase(operation: Softmax(axis: 1, joinsTrailing: true), shapes: [[2, 3, 2]]),
      GradientCase(operation: LogSoftmax(axis: 1), shapes: [[3, 4]]),
      GradientCase(operation: LogSoftmax(axis: 1), shapes: [[2, 3, 2, 2]]),
      GradientCase(operation: LayerNormalize(axis: 1, epsilon: 1e-2), shapes: [[3, 2, 3]]),
      GradientCase(operation: LpNormalize(axis: 1, power: 2), shapes: [[2, 4, 3]]),
      GradientCase(operation: LpNormalize(axis: 1, power: 1), shapes: [[2, 4, 3]]),
      GradientCase(operation: L2Normalize(), shapes: [[3, 5]]),
      GradientCase(operation: L2Normalize(), shapes: [[1, 1]]),
    ]
    + Reduce.Kind.allCases.map { kind in
      GradientCase(
        operation: Reduce(kind, axes: [1, 3]), shapes: [[2, 3, 2, 2]],
        domain: kind == .product || kind == .logSum ? .positive : .distinct)
    }
    + [GradientCase(operation: Reduce(.mean, axes: [2, 3], keepsDimensions: false), shapes: [[2, 3, 2, 3]])]

  /// Values that only move.
  static let movements: [GradientCase] = [
    GradientCase(operation: Flatten(), shapes: [[2, 3, 2, 2]]),
    GradientCase(operation: Reshape([0, -1, 2]), shapes: [[2, 3, 4]]),
    GradientCase(operation: Transpose([0, 2, 3, 1]), shapes: [[2, 3, 2, 4]]),
    GradientCase(operation: Concat(axis: 1), shapes: [[2, 3, 2, 2], [2, 1, 2, 2], [2, 5, 2, 2]]),
    GradientCase(operation: Concat(axis: 0), shapes: [[2, 3], [1, 3]]),
    GradientCase(operation: Split(axis: 1, sizes: [1, 3]), shapes: [[2, 4, 3]]),
    GradientCase(
      operation: Slice([.init(axis: 1, start: 3, step: -2, count: 2), .init(axis: 2, start: 1, count: 1)]),
      shapes: [[2, 4, 3]]),
    GradientCase(operation: Pad(before: [0, 2], after: [1, -1], mode: .constant(3)), shapes: [[2, 4]]),
    GradientCase(operation: Pad(before: [0, 2], after: [0, 3], mode: .reflect), shapes: [[2, 4]]),
    GradientCase(operation: Pad(before: [1, 2], after: [0, 3], mode: .edge), shapes: [[2, 4]]),
    GradientCase(operation: Tile([2, 3]), shapes: [[2, 3]]),
    GradientCase(operation: Expand([4, 2, 3]), shapes: [[2, 1]]),
    GradientCase(operation: Gather(axis: 1, indices: [2, 0, 2], shape: [3]), shapes: [[2, 4, 2]]),
    GradientCase(
      operation: GatherElements(axis: 1, indices: [0, 2, 1, 1], shape: [2, 2]), shapes: [[2, 3]]),
  ]
}
