internal import Networks

/// ONNX `Where`, from opset 9.
enum WhereImport: OperatorImport {
  static let name = "Where"

  static func add(_ node: NodeImport) throws(OnnxError) {
    if let constants = node.integerConstants(0..<3) {
      return try node.setOutput(0, constant: node.foldedChoice(constants[0], constants[1], constants[2]))
    }
    let choice = try node.emit(Select(), [node.value(0), node.value(1), node.value(2)])
    try node.setOutput(0, choice, type: node.resultType(1))
  }
}
