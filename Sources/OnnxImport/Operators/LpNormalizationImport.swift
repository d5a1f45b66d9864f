internal import Networks
internal import Tensors

/// ONNX `LpNormalization`, all opsets.
enum LpNormalizationImport: OperatorImport {
  static let name = "LpNormalization"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let rank = try node.shape(0).rank
    let axis = try node.axis(node.int("axis", default: -1), rank: rank)
    let power = try node.int("p", default: 2)
    guard power == 1 || power == 2 else { throw node.invalid("p is \(power), not 1 or 2") }
    if rank == 2, axis == 1, power == 2 {
      // The reference divides by any length but zero.
      try node.output(L2Normalize(epsilon: .leastNormalMagnitude), [node.value(0)])
    } else {
      try node.output(LpNormalize(axis: axis, power: power), [node.value(0)])
    }
  }
}
