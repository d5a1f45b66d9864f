internal import Networks
internal import Tensors

/// ONNX `Gemm`, `alpha * a * b + beta * c`, all opsets. With constant b and c it is a fully connected layer.
enum GemmImport: OperatorImport {
  static let name = "Gemm"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (a, b) = (try node.shape(0), try node.shape(1))
    guard a.rank == 2, b.rank == 2 else { throw node.invalid("\(a) and \(b) are not two matrices") }
    let transposesB = try node.int("transB", default: 0) != 0
    let (alpha, beta) = (try node.float("alpha", default: 1), try node.float("beta", default: 1))
    var left = try node.value(0)
    if try node.int("transA", default: 0) != 0 { left = try node.emit(Transpose([1, 0]), [left]) }
    if node.constantIfKnown(0) == nil, node.constantIfKnown(1) != nil, alpha == 1 {
      let weight = transposesB ? try node.value(1) : try node.transposedConstant(1)
      let outputs = transposesB ? b[0] : b[1]
      if let bias = try bias(node, outputs: outputs, beta: beta) {
        return try node.output(Linear(), [left, weight] + bias)
      }
      return try addThird(node, to: node.emit(Linear(), [left, weight]), beta: beta)
    }
    let right = transposesB ? try node.emit(Transpose([1, 0]), [node.value(1)]) : try node.value(1)
    let product = try scaled(node, node.emit(MatMul(), [left, right]), alpha)
    try addThird(node, to: product, beta: beta)
  }

  /// The third input as a bias of one value an output, `[]` when there is none, `nil` when it is more than that.
  private static func bias(_ node: NodeImport, outputs: Int, beta: Float) throws(OnnxError) -> [ValueID]? {
    guard node.has(2) else { return [] }
    guard let constant = node.constantIfKnown(2) else { return nil }
    let shape = constant.shape
    let isOne = shape.count == 1 && shape.rank <= 2
    let isRow = shape == [outputs] || shape == [1, outputs]
    guard isRow || isOne, node.state.reserve(outputs) else { return nil }
    let values = try constant.floats().values.map { $0 * beta }
    return [
      node.parameter(
        Tensor(shape: [outputs], values: isRow ? values : [Float](repeating: values[0], count: outputs)))
    ]
  }

  private static func addThird(_ node: NodeImport, to product: ValueID, beta: Float) throws(OnnxError) {
    guard node.has(2) else { return try node.setOutput(0, product) }
    let (shape, third) = (node.state.shape(product), try node.shape(2))
    guard Broadcasting.shape([shape, third]) == shape else { throw node.invalid("\(third) does not fit \(shape)") }
    try node.setOutput(0, node.emitSum(product, scaled(node, node.value(2), beta)))
  }

  private static func scaled(_ node: NodeImport, _ value: ValueID, _ factor: Float) throws(OnnxError) -> ValueID {
    guard factor != 1 else { return value }
    return try node.emit(Multiply(), [value, node.parameter(Tensor(shape: [], values: [factor]))])
  }
}
