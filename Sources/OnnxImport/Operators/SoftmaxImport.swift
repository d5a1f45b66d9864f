internal import Networks
internal import Tensors

/// ONNX `Softmax` and `LogSoftmax`: along one axis (the last by default) from opset 13 on; before, over all dimensions
/// from an axis (1 by default).
enum SoftmaxImport: OperatorImport {
  static let name = "Softmax"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (axis, joins) = try span(node)
    try node.output(Softmax(axis: axis, joinsTrailing: joins), [node.value(0)])
  }

  static func span(_ node: NodeImport) throws(OnnxError) -> (axis: Int, joinsTrailing: Bool) {
    let shape = try node.shape(0)
    let axis = try node.axis(node.int("axis", default: node.opset < 13 ? 1 : -1), rank: shape.rank)
    let joins = node.opset < 13 && shape.dimensions.dropFirst(axis + 1).contains { $0 != 1 }
    return (axis, joins)
  }
}

enum LogSoftmaxImport: OperatorImport {
  static let name = "LogSoftmax"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (axis, joins) = try SoftmaxImport.span(node)
    try node.output(LogSoftmax(axis: axis, joinsTrailing: joins), [node.value(0)])
  }
}
