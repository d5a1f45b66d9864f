internal import Networks
internal import Tensors

/// onnxruntime's operators on two tensors of 8-bit numbers: a, its scale, its zero point, the same for b and the output.
enum QLinearAddImport: OperatorImport {
  static let name = "QLinearAdd"
  static let domain = "com.microsoft"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (a, b) = (
      try node.uniformQuantization(scale: 1, zeroPoint: 2), try node.uniformQuantization(scale: 4, zeroPoint: 5)
    )
    let output = try node.uniformQuantization(scale: 6, zeroPoint: 7, defaultType: node.elementType(0))
    let add = QuantizedAdd(
      a: (a.scale, a.zeroPoint), b: (b.scale, b.zeroPoint), output: (output.scale, output.zeroPoint),
      range: try node.range(of: output.type))
    try node.setOutput(0, node.emit(add, [node.value(0), node.value(3)]), type: output.type)
  }
}

enum QLinearMulImport: OperatorImport {
  static let name = "QLinearMul"
  static let domain = "com.microsoft"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (a, b) = (
      try node.uniformQuantization(scale: 1, zeroPoint: 2), try node.uniformQuantization(scale: 4, zeroPoint: 5)
    )
    let output = try node.uniformQuantization(scale: 6, zeroPoint: 7, defaultType: node.elementType(0))
    let product = try node.emit(
      Multiply(), [node.lessZeroPoint(0, zeroPoint: 2, axis: 0), node.lessZeroPoint(3, zeroPoint: 5, axis: 0)])
    try node.outputRequantized(product, multipliers: [a.scale * b.scale / output.scale], axis: 0, to: output)
  }
}

enum QLinearConcatImport: OperatorImport {
  static let name = "QLinearConcat"
  static let domain = "com.microsoft"

  static func add(_ node: NodeImport) throws(OnnxError) {
    guard node.inputCount >= 5, node.inputCount % 3 == 2 else {
      throw node.invalid("\(node.inputCount) inputs are not two and three for each tensor")
    }
    let axis = try node.axis(node.int("axis", default: 1), rank: node.shape(2).rank)
    var values: [ValueID] = []
    for index in stride(from: 2, to: node.inputCount, by: 3) { values.append(try node.dequantized(index)) }
    let output = try node.uniformQuantization(scale: 0, zeroPoint: 1)
    try node.setOutput(0, node.emit(output.quantize(node), [node.emit(Concat(axis: axis), values)]), type: output.type)
  }
}
