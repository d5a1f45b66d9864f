internal import Tensors

/// ONNX `Constant`, all opsets, of numbers.
enum ConstantImport: OperatorImport {
  static let name = "Constant"

  static func add(_ node: NodeImport) throws(OnnxError) {
    for (name, attribute) in node.node.attributes where name.hasPrefix("value") {
      switch attribute {
      case .tensor(let tensor): return try node.setOutput(0, constant: tensor)
      case .int(let value): return try node.setOutput(0, constant: OnnxTensor([value], shape: []))
      case .ints(let values): return try node.setOutput(0, constant: OnnxTensor(values, shape: [values.count]))
      case .float(let value): return try node.setOutput(0, constant: OnnxTensor(Tensor(shape: [], values: [value])))
      case .floats(let values):
        return try node.setOutput(0, constant: OnnxTensor(Tensor(shape: [values.count], values: values)))
      default: throw node.unsupported("a constant of the kind \(name)")
      }
    }
    throw node.unsupported("a constant without value; sparse ones are not known")
  }
}
