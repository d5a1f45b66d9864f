internal import Networks

/// ONNX `Add` and `Sub`, from opset 7 (with broadcasting). One constant a channel becomes an affine, which plans fold.
enum AddImport: OperatorImport {
  static let name = "Add"

  static func add(_ node: NodeImport) throws(OnnxError) {
    if let (computed, values) = try node.channelOperand() {
      return try node.setOutput(0, node.emitAffine(node.value(computed), scale: nil, shift: values))
    }
    let broadcasts = try node.shape(0) != node.shape(1)
    try node.outputBinary(Add(broadcasts: broadcasts), .add)
  }
}

enum SubImport: OperatorImport {
  static let name = "Sub"

  static func add(_ node: NodeImport) throws(OnnxError) {
    guard let (computed, values) = try node.channelOperand() else {
      return try node.outputBinary(Subtract(), .subtract)
    }
    if computed == 0 {
      try node.setOutput(0, node.emitAffine(node.value(0), scale: nil, shift: values.map { -$0 }))
    } else {
      let negative = [Float](repeating: -1, count: values.count)
      try node.setOutput(0, node.emitAffine(node.value(1), scale: negative, shift: values))
    }
  }
}
