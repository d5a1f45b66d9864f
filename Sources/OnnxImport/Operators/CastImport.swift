internal import Networks
internal import Tensors

/// ONNX `Cast`, all opsets, between numbers. Constants are converted exactly; computed values stay float32, so that a cast to
/// a narrower type of floats changes nothing.
enum CastImport: OperatorImport {
  static let name = "Cast"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let code = try node.int("to", default: 0)
    guard let type = OnnxElementType(rawValue: code), type != .string else {
      throw node.unsupported("a cast to the element type \(code)")
    }
    try cast(node, to: type)
  }

  static func cast(_ node: NodeImport, to type: OnnxElementType) throws(OnnxError) {
    let from = try node.elementType(0)
    guard from != .string else { throw node.unsupported("a cast of strings") }
    if let constant = node.constantIfKnown(0) {
      if type == from || (!type.isInteger && !from.isInteger) {
        return try node.setOutput(
          0, constant: type == from ? constant : OnnxTensor(constant.floats(), elementType: type))
      }
      try node.state.reserve([constant.shape], elementSize: 2, node.node.name)
      return try node.setOutput(0, constant: constant.cast(to: type))
    }
    let value = try node.value(0)
    guard let width = type.integerWidth, !type.holds(from) else { return try node.setOutput(0, value, type: type) }
    let operation = CastToInteger(bits: width.bits, isSigned: width.isSigned)
    try node.setOutput(0, try node.emit(operation, [value]), type: type)
  }
}
