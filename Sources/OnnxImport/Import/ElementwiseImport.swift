internal import Networks
internal import Tensors

/// An ONNX operator that is one operation on single values.
protocol ElementwiseImport: OperatorImport {
  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation
  /// The same for a whole number, `nil` where it does not fit; for operators that take whole numbers.
  static func integer(_ value: Int64) -> Int64?
}

extension ElementwiseImport {
  static func integer(_ value: Int64) -> Int64? { nil }

  static func add(_ node: NodeImport) throws(OnnxError) {
    let type = try node.elementType(0)
    if type.isInteger, let constant = node.constantIfKnown(0) {
      try node.state.reserve([constant.shape], elementSize: 2, node.node.name)
      var values: [Int64] = []
      for value in try constant.integers() {
        guard let result = integer(value) else { throw node.invalid("its whole numbers have no result") }
        values.append(result)
      }
      return try node.setOutput(0, constant: OnnxTensor(values, shape: constant.shape, elementType: type))
    }
    try node.setOutput(0, node.emit(operation(node), [node.value(0)]), type: node.resultType(0))
  }
}
