internal import CKernels
internal import Tensors

/// What a step does to values before it writes them, as kernels want it. Immutable, shared by every run.
struct Epilogue: Sendable {
  private let activation: Activation
  private let slopes: Tensor?

  static let none = Epilogue(.none)

  /// An activation without values per channel.
  init(_ activation: Activation) {
    self.activation = activation
    slopes = nil
  }

  /// `slope` holds one value a channel for `.prelu`. In each of `groups` the channels are padded to `padded`.
  init(_ activation: Activation, slope: [Float]?, channels: Int, groups: Int = 1, padded: Int? = nil) {
    self.activation = activation
    slopes = slope.map { Self.padded($0, groups: groups, to: padded ?? channels) }
  }

  /// `values` in equal groups, each lengthened with zeros to `length`.
  static func padded(_ values: [Float], groups: Int, to length: Int) -> Tensor {
    let share = values.count / max(groups, 1)
    return Tensor(shape: [groups * length]) { result in
      for group in 0..<groups {
        for i in 0..<length { result[group * length + i] = i < share ? values[group * share + i] : 0 }
      }
    }
  }

  /// Whether the channels differ.
  var hasSlopes: Bool { slopes != nil }

  /// For the channels from `offset` (in padded slopes) on. Valid while this epilogue lives.
  func kernel(slopesFrom offset: Int = 0) -> fk_epilogue {
    let slope = slopes?.withUnsafeBuffer { $0.baseAddress.map { $0 + offset } }
    switch activation {
    case .none: return fk_epilogue(kind: FK_ACT_NONE, low: 0, high: 0, slope: nil)
    case .relu: return fk_epilogue(kind: FK_ACT_RELU, low: 0, high: 0, slope: nil)
    case .prelu: return fk_epilogue(kind: FK_ACT_PRELU, low: 0, high: 0, slope: slope)
    case .leaky(let slope): return fk_epilogue(kind: FK_ACT_LEAKY, low: slope, high: 0, slope: nil)
    case .clip(let low, let high): return fk_epilogue(kind: FK_ACT_CLIP, low: low, high: high, slope: nil)
    case .sigmoid: return fk_epilogue(kind: FK_ACT_SIGMOID, low: 0, high: 0, slope: nil)
    case .hardSigmoid(let slope, let offset):
      return fk_epilogue(kind: FK_ACT_HARD_SIGMOID, low: slope, high: offset, slope: nil)
    case .hardSwish: return fk_epilogue(kind: FK_ACT_HARD_SWISH, low: 0, high: 0, slope: nil)
    }
  }
}
