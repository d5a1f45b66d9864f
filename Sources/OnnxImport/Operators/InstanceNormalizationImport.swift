internal import Networks
internal import Tensors

/// ONNX `InstanceNormalization`, all opsets.
enum InstanceNormalizationImport: OperatorImport {
  static let name = "InstanceNormalization"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let operation = InstanceNorm(epsilon: try node.float("epsilon", default: 1e-5))
    try node.output(operation, [node.value(0), node.value(1), node.value(2)])
  }
}
