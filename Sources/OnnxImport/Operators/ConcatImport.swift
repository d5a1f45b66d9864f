internal import Networks
internal import Tensors

/// ONNX `Concat`, all opsets.
enum ConcatImport: OperatorImport {
  static let name = "Concat"

  static func add(_ node: NodeImport) throws(OnnxError) {
    guard node.inputCount > 0 else { throw node.invalid("it joins nothing") }
    guard node.node.attributes["axis"] != nil else { throw node.invalid("its axis is missing") }
    let axis = try node.axis(try node.int("axis", default: 0), rank: try node.shape(0).rank)
    if node.inputCount == 1 { return try node.pass(0, to: 0) }
    try node.arrange(Concat(axis: axis), count: node.inputCount)
  }
}
