internal import Tensors

/// ONNX `NonZero` of a constant, all opsets: the indices of all elements that are not zero, one row an axis.
enum NonZeroImport: OperatorImport {
  static let name = "NonZero"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let constant = try node.constant(0, "input")
    let shape = constant.shape
    try node.state.reserve([shape], elementSize: 2 * max(shape.rank, 1), node.node.name)
    var places: [Int] = []
    if constant.elementType.isInteger {
      for (index, value) in try constant.integers().enumerated() where value != 0 { places.append(index) }
    } else {
      for (index, value) in try constant.floats().values.enumerated() where value != 0 { places.append(index) }
    }
    var rows: [Int64] = []
    for axis in 0..<shape.rank {
      let inner = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
      rows += places.map { Int64($0 / inner % shape[axis]) }
    }
    try node.setOutput(0, constant: OnnxTensor(rows, shape: [shape.rank, places.count]))
  }
}
