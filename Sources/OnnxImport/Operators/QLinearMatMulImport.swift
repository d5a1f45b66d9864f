internal import Networks
internal import Tensors

/// ONNX `QLinearMatMul`, from opset 10: a product of 8-bit numbers with exact sums, b per tensor or per column.
enum QLinearMatMulImport: OperatorImport {
  static let name = "QLinearMatMul"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let a = try node.uniformQuantization(scale: 1, zeroPoint: 2)
    let b = try node.quantization(scale: 4, zeroPoint: 5)
    let output = try node.uniformQuantization(scale: 6, zeroPoint: 7)
    let right = try node.shape(3)
    guard b.scales.count == 1 || (right.rank >= 2 && right[right.rank - 1] == b.scales.count) else {
      throw node.invalid("\(b.scales.count) scales do not fit \(right)")
    }
    let sums = try node.integerProduct(
      node.lessZeroPoint(0, zeroPoint: 2, axis: 0), node.lessZeroPoint(3, zeroPoint: 5, axis: max(right.rank - 1, 0)))
    let rank = node.state.shape(sums).rank
    try node.outputRequantized(
      sums, multipliers: b.scales.map { a.scale * $0 / output.scale }, axis: rank - 1, to: output)
  }
}

/// ONNX `MatMulInteger`, from opset 10.
enum MatMulIntegerImport: OperatorImport {
  static let name = "MatMulInteger"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (left, right) = (try node.shape(0), try node.shape(1))
    let sums = try node.integerProduct(
      node.lessZeroPoint(0, zeroPoint: 2, axis: max(left.rank - 2, 0)),
      node.lessZeroPoint(1, zeroPoint: 3, axis: max(right.rank - 1, 0)))
    try node.setOutput(0, sums, type: .int32)
  }
}
