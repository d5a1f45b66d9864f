internal import Tensors

/// How a convolution is computed; decided once, when its weights are packed.
enum ConvAlgorithm: String, Sendable {
  /// Sums over all taps, register-blocked.
  case direct
  /// Every channel has one filter of its own.
  case depthwise
  /// 4 x 4 outputs of a dense 3x3 kernel from 36 products: a quarter of the arithmetic, four times the weights.
  case winograd

  /// The one that is fastest for weights of shape O x C/groups x KH x KW and an output of shape N x O x H x W.
  static func fastest(_ conv: Conv2d, weight: Shape, output: Shape?) -> ConvAlgorithm {
    if conv.groups > 1 && weight[0] == conv.groups && weight[1] == 1 { return .depthwise }
    guard let share = winogradShare(conv, weight: weight, output: output) else { return .direct }
    return share < leastGain ? .winograd : .direct
  }

  /// Winograd's time as a share of the direct kernel's, estimated; nil where it cannot be used.
  static func winogradShare(_ conv: Conv2d, weight: Shape, output: Shape?) -> Double? {
    guard let output, output.rank == 4, conv.groups == 1, weight[2] == 3, weight[3] == 3, conv.stride == Extent(1),
      conv.dilation == Extent(1), weight[0] * weight[1] <= mostFilters
    else { return nil }
    let cost = Cost(channelsIn: weight[1], channelsOut: weight[0], output: output)
    return cost.winograd / cost.direct
  }

  /// Filters of a layer beyond which the transformed weights (36 floats each) would not be worth their memory.
  private static let mostFilters = 40_000
  /// Winograd's estimated share of the time below which it is chosen: a small gain is not worth its memory.
  private static let leastGain = 0.75

  /// Estimated cycles on a processor that multiplies and adds 16 floats a cycle. Measured: transforms take 350 and 250
  /// cycles for 16 channels of a tile, weights arrive from the last cache or memory at 10 bytes a cycle.
  private struct Cost {
    let direct: Double
    let winograd: Double

    init(channelsIn: Int, channelsOut: Int, output: Shape) {
      // Half a vector costs half.
      let (ins, outs) = (Double((channelsIn + 7) / 8) / 2, Double((channelsOut + 7) / 8) / 2)
      let pixels = Double(output[0]) * Double(output[2]) * Double(output[3])
      let tiles = Double(output[0]) * Double((output[2] + 3) / 4) * Double((output[3] + 3) / 4)
      let filters = Double(channelsIn) * Double(channelsOut)
      direct = pixels * 9 * Double(channelsIn) * outs + filters * 9 * 0.4
      winograd = tiles * (36 * Double(channelsIn) * outs + 350 * ins + 250 * outs) + filters * 36 * 0.4
    }
  }
}
