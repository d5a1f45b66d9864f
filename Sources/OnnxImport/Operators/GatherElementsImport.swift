internal import Networks
internal import Tensors

/// ONNX `GatherElements`, all opsets, with constant indices.
enum GatherElementsImport: OperatorImport {
  static let name = "GatherElements"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    let axis = try node.axis(try node.int("axis", default: 0), rank: x.rank)
    let table = try node.constant(1, "list of indices")
    let indices = try node.indices(table, below: x[axis])
    try node.arrange(GatherElements(axis: axis, indices: indices, shape: table.shape))
  }
}
