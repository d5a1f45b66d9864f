internal import Networks

/// ONNX `DynamicQuantizeLinear`, from opset 11.
enum DynamicQuantizeLinearImport: OperatorImport {
  static let name = "DynamicQuantizeLinear"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let results = try node.emit(DynamicQuantize(), [node.value(0)], outputs: 3)
    try node.setOutput(0, results[0], type: .uint8)
    try node.setOutput(1, results[1])
    try node.setOutput(2, results[2], type: .uint8)
  }
}
