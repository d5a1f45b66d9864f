internal import Networks
internal import Tensors

/// ONNX `Gather`, all opsets, with constant indices.
enum GatherImport: OperatorImport {
  static let name = "Gather"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    let axis = try node.axis(try node.int("axis", default: 0), rank: x.rank)
    let table = try node.constant(1, "list of indices")
    let indices = try node.indices(table, below: x[axis])
    try node.arrange(Gather(axis: axis, indices: indices, shape: table.shape))
  }
}

extension NodeImport {
  /// Constant indices into `length` elements, those counted from the end resolved.
  func indices(_ table: OnnxTensor, below length: Int) throws(OnnxError) -> [Int] {
    guard table.elementType.isInteger else { throw invalid("its indices are not whole numbers") }
    try state.reserve([table.shape], elementSize: 4, node.name)
    var indices: [Int] = []
    for index in try table.integers() {
      guard index >= -length, index < length else { throw invalid("the index \(index) is not in \(length) elements") }
      indices.append(Int(index < 0 ? index + Int64(length) : index))
    }
    return indices
  }
}
