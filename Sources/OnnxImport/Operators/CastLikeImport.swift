/// ONNX `CastLike`, all opsets: a cast to the type of the second input.
enum CastLikeImport: OperatorImport {
  static let name = "CastLike"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let type = try node.elementType(1)
    guard type != .string else { throw node.unsupported("a cast to strings") }
    try CastImport.cast(node, to: type)
  }
}
