internal import Networks
internal import Tensors

/// ONNX `MatMul`, all opsets. A constant matrix on the right of a matrix is a fully connected layer.
enum MatMulImport: OperatorImport {
  static let name = "MatMul"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let (a, b) = (try node.shape(0), try node.shape(1))
    let type = try node.resultType(0)
    if a.rank == 2, b.rank == 2, !type.isInteger, node.constantIfKnown(0) == nil, node.constantIfKnown(1) != nil {
      return try node.output(Linear(), [node.value(0), node.transposedConstant(1)])
    }
    try node.setOutput(0, node.emit(MatMul(), [node.value(0), node.value(1)]), type: type)
  }
}

extension NodeImport {
  /// A constant matrix with rows and columns exchanged, as a parameter; each constant is exchanged once.
  func transposedConstant(_ index: Int) throws(OnnxError) -> ValueID {
    let matrix = try constant(index, "matrix")
    return try state.derivedParameter("\(node.inputs[index]) transposed", count: matrix.shape.count) {
      () throws(OnnxError) in
      try computed(Transpose([1, 0]), [matrix.floats()])
    }
  }
}
