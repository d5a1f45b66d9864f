/// ONNX `Identity`, all opsets: another name for the same value.
enum IdentityImport: OperatorImport {
  static let name = "Identity"

  static func add(_ node: NodeImport) throws(OnnxError) {
    try node.pass(0, to: 0)
  }
}
