internal import Networks
internal import Tensors

/// ONNX `ArgMax` and `ArgMin`, all opsets.
enum ArgMaxImport: OperatorImport {
  static let name = "ArgMax"

  static func add(_ node: NodeImport) throws(OnnxError) {
    try add(node, largest: true)
  }

  static func add(_ node: NodeImport, largest: Bool) throws(OnnxError) {
    let operation = ArgExtremum(
      largest: largest, axis: try node.axis(node.int("axis", default: 0), rank: node.shape(0).rank),
      keepsDimensions: try node.int("keepdims", default: 1) != 0,
      takesLast: try node.int("select_last_index", default: 0) != 0)
    try node.setOutput(0, node.emit(operation, [node.value(0)]), type: .int64)
  }
}

enum ArgMinImport: OperatorImport {
  static let name = "ArgMin"

  static func add(_ node: NodeImport) throws(OnnxError) {
    try ArgMaxImport.add(node, largest: false)
  }
}
