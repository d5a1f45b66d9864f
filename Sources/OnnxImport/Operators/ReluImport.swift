internal import Networks

/// ONNX `Relu`, all opsets.
enum ReluImport: OperatorImport {
  static let name = "Relu"

  static func add(_ node: NodeImport) throws(OnnxError) {
    try node.output(ReLU(), [try node.value(0)])
  }
}
