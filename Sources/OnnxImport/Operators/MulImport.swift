internal import Networks

/// ONNX `Mul`, from opset 7 (with broadcasting). One constant a channel becomes an affine, which plans fold.
enum MulImport: OperatorImport {
  static let name = "Mul"

  static func add(_ node: NodeImport) throws(OnnxError) {
    if let (computed, values) = try node.channelOperand() {
      return try node.setOutput(0, node.emitAffine(node.value(computed), scale: values, shift: nil))
    }
    try node.outputBinary(Multiply(), .multiply)
  }
}

/// ONNX `Div`, from opset 7; whole numbers lose the fraction.
enum DivImport: OperatorImport {
  static let name = "Div"

  static func add(_ node: NodeImport) throws(OnnxError) {
    if let (computed, values) = try node.channelOperand(), computed == 0 {
      let scale = values.map { 1 / $0 }
      // What has no inverse is divided by as it is.
      if scale.allSatisfy({ $0.isNormal }) {
        return try node.setOutput(0, node.emitAffine(node.value(0), scale: scale, shift: nil))
      }
    }
    let isInteger = try node.elementType(0).isInteger
    try node.outputBinary(Divide(truncates: isInteger), .divide)
  }
}
