internal import Tensors

/// ONNX `ConstantOfShape`, all opsets.
enum ConstantOfShapeImport: OperatorImport {
  static let name = "ConstantOfShape"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let dimensions = try node.integers(0, "shape")
    guard let shape = Shape(untrusted: dimensions, limit: ImportState.maxFoldedElements) else {
      throw OnnxError(
        dimensions.contains { $0 < 0 } ? .invalid : .tooLarge,
        "[ConstantOfShape] at node \(node.node.name): a constant of \(dimensions) is not possible.")
    }
    var value = OnnxTensor(Tensor(shape: [1], values: [0]))
    switch node.node.attributes["value"] {
    case nil: break
    case .tensor(let tensor)?:
      guard tensor.shape.count == 1, tensor.elementType != .string else {
        throw node.invalid("its value of \(tensor.shape) is not one number")
      }
      value = tensor
    default: throw node.invalid("its value is not a tensor")
    }
    let isInteger = value.elementType.isInteger
    try node.state.reserve([shape], elementSize: isInteger ? 2 : 1, node.node.name)
    if isInteger {
      let number = try value.integers()[0]
      try node.setOutput(
        0,
        constant: OnnxTensor(
          Array(repeating: number, count: shape.count), shape: shape, elementType: value.elementType))
    } else {
      let number = try value.floats().values[0]
      try node.setOutput(
        0, constant: OnnxTensor(Tensor(shape: shape, repeating: number), elementType: value.elementType))
    }
  }
}
