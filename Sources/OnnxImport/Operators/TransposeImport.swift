internal import Networks
internal import Tensors

/// ONNX `Transpose`, all opsets; reverses the dimensions by default.
enum TransposeImport: OperatorImport {
  static let name = "Transpose"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    let order = try node.ints("perm") ?? Array((0..<x.rank).reversed())
    guard order.sorted() == Array(0..<x.rank) else { throw node.invalid("the order \(order) does not fit \(x)") }
    if order == Array(0..<x.rank) { return try node.pass(0, to: 0) }
    try node.arrange(Transpose(order))
  }
}
