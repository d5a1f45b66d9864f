internal import Networks
internal import Tensors

/// ONNX `Expand` to a constant shape, all opsets.
enum ExpandImport: OperatorImport {
  static let name = "Expand"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    var dimensions = try node.integers(1, "shape")
    // A dimension that stays as it is may be longer when the network runs.
    let added = dimensions.count - x.rank
    for axis in dimensions.indices where axis >= added && dimensions[axis] == x[axis - added] { dimensions[axis] = 1 }
    try node.arrange(Expand(dimensions))
  }
}
