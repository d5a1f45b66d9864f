internal import Networks
internal import Tensors

/// ONNX `LayerNormalization`, from opset 17; its optional outputs (mean and deviation) are not given.
enum LayerNormalizationImport: OperatorImport {
  static let name = "LayerNormalization"

  static func add(_ node: NodeImport) throws(OnnxError) {
    guard node.node.outputs.dropFirst().allSatisfy(\.isEmpty) else {
      throw node.unsupported("its mean and deviation are asked for; only the normalized values are given")
    }
    let axis = try node.axis(node.int("axis", default: -1), rank: node.shape(0).rank)
    let epsilon = try node.float("epsilon", default: 1e-5)
    var value = try node.emit(LayerNormalize(axis: axis, epsilon: epsilon), [node.value(0)])
    value = try node.emit(Multiply(), [value, node.value(1)])
    if node.has(2) { value = try node.emitSum(value, node.value(2)) }
    try node.setOutput(0, value)
  }
}
