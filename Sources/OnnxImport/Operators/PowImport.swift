internal import Networks
internal import Tensors

/// ONNX `Pow`, from opset 7; the result has the type of the base.
enum PowImport: OperatorImport {
  static let name = "Pow"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let type = try node.resultType(0)
    if type.isInteger { return try node.outputBinary(Power(truncates: true), .power) }
    let exponent = node.constantIfKnown(1)
    let known: Float? = exponent?.shape.count == 1 ? try exponent?.floats().values.first : nil
    if let exponent, exponent.shape.rank <= (try node.shape(0)).rank {
      switch known {
      case 0.5: return try node.output(MathFunction(.sqrt), [node.value(0)])
      case 1: return try node.passThrough()
      case 2: return try node.output(Multiply(), [node.value(0), node.value(0)])
      default: break
      }
    }
    try node.setOutput(0, node.emit(Power(), [node.value(0), node.value(1)]))
  }
}

/// ONNX `Mod`, from opset 10.
enum ModImport: OperatorImport {
  static let name = "Mod"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let signOfDividend = try node.int("fmod", default: 0) != 0
    try node.outputBinary(Modulo(signOfDividend: signOfDividend), .modulo(signOfDividend: signOfDividend))
  }
}
