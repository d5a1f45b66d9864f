internal import Networks
internal import Tensors

/// ONNX `LRN`, all opsets.
enum LRNImport: OperatorImport {
  static let name = "LRN"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let size = try node.int("size", default: 0)
    guard (1...WindowAttributes.limit).contains(size) else { throw node.invalid("a size of \(size)") }
    let operation = LocalResponseNorm(
      size: size, alpha: try node.float("alpha", default: 1e-4), beta: try node.float("beta", default: 0.75),
      bias: try node.float("bias", default: 1))
    try node.output(operation, [node.value(0)])
  }
}
