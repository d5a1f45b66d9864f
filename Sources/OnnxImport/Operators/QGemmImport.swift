internal import Networks
internal import Tensors

/// onnxruntime's `QGemm`: `alpha * a * b + c` of 8-bit numbers, to 8 bits or (without an output scale) to floats.
enum QGemmImport: OperatorImport {
  static let name = "QGemm"
  static let domain = "com.microsoft"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let a = try node.uniformQuantization(scale: 1, zeroPoint: 2)
    let b = try node.quantization(scale: 4, zeroPoint: 5)
    let transposesB = try node.int("transB", default: 0) != 0
    var left = try node.lessZeroPoint(0, zeroPoint: 2, axis: 0)
    var right = try node.lessZeroPoint(3, zeroPoint: 5, axis: transposesB ? 0 : 1)
    let matrix = node.state.shape(right)
    guard node.state.shape(left).rank == 2, matrix.rank == 2 else { throw node.invalid("its inputs are no matrices") }
    if try node.int("transA", default: 0) != 0 { left = try node.emit(Transpose([1, 0]), [left]) }
    if transposesB {
      if let tensor = node.state.tensor(right) {
        let names = "\(node.node.inputs[3]) less \(node.node.inputs[5])"
        right = try node.state.derivedParameter("\(names) transposed", count: tensor.count) { () throws(OnnxError) in
          try node.computed(Transpose([1, 0]), [tensor])
        }
      } else {
        right = try node.emit(Transpose([1, 0]), [right])
      }
    }
    let columns = transposesB ? matrix[0] : matrix[1]
    var bias = try node.integerBias(6)
    if bias.count == 1, columns > 1, node.state.reserve(columns) { bias = Array(repeating: bias[0], count: columns) }
    guard bias.isEmpty || bias.count == columns else { throw node.unsupported("a bias that differs from row to row") }
    guard b.scales.count == 1 || b.scales.count == columns else {
      throw node.invalid("\(b.scales.count) scales do not fit \(columns) columns")
    }
    let alpha = try node.float("alpha", default: 1)
    let sums = try node.integerProduct(left, right, bias: bias)
    guard node.has(7) else {
      let factors = b.scales.map { alpha * a.scale * $0 }
      let parameter = node.parameter(node.alongAxis(factors, axis: 1, rank: 2))
      return try node.output(Multiply(), [sums, parameter])
    }
    let output = try node.uniformQuantization(scale: 7, zeroPoint: 8)
    try node.outputRequantized(
      sums, multipliers: b.scales.map { alpha * a.scale * $0 / output.scale }, axis: 1, to: output)
  }
}
