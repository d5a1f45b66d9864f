internal import Networks
internal import Tensors

/// ONNX `DequantizeLinear`, from opset 10: one scale, or one for each index of an axis. Constants become weights.
enum DequantizeLinearImport: OperatorImport {
  static let name = "DequantizeLinear"

  static func add(_ node: NodeImport) throws(OnnxError) {
    guard try node.int("block_size", default: 0) == 0 else { throw node.unsupported("quantization by blocks") }
    guard try node.elementType(0).isInteger else { throw node.unsupported("values of \(try node.elementType(0))") }
    guard node.constantIfKnown(1) != nil, !node.has(2) || node.constantIfKnown(2) != nil else {
      return try computedScale(node)
    }
    let quantization = try node.quantization(scale: 1, zeroPoint: 2)
    let (axis, rank) = quantization.isUniform ? (0, try node.shape(0).rank) : try axis(node, quantization)
    let scales = node.alongAxis(quantization.scales, axis: axis, rank: rank)
    let zeros = node.alongAxis(quantization.zeroPoints, axis: axis, rank: rank)
    if let numbers = try constantNumbers(node, zeroPoints: quantization.zeroPoints) {
      let names = node.node.inputs.prefix(3).joined(separator: " ")
      let key = "\(names) dequantized \(axis)"
      let value = try node.state.derivedParameter(key, count: node.shape(0).count) { () throws(OnnxError) in
        let less = numbers.areLessZero ? numbers.values : try node.computed(Subtract(), [numbers.values, zeros])
        return try node.computed(Multiply(), [less, scales])
      }
      return try node.setOutput(0, value)
    }
    if quantization.isUniform {
      return try node.output(quantization.dequantize, [node.value(0)])
    }
    let less = try node.emit(Subtract(), [node.value(0), node.parameter(zeros)])
    try node.output(Multiply(), [less, node.parameter(scales)])
  }

  /// The axis of more than one scale, checked against the input.
  static func axis(_ node: NodeImport, _ quantization: Quantization) throws(OnnxError) -> (axis: Int, rank: Int) {
    let shape = try node.shape(0)
    let axis = try node.axis(node.int("axis", default: 1), rank: shape.rank)
    guard shape[axis] == quantization.scales.count else {
      throw node.invalid("\(quantization.scales.count) scales do not fit axis \(axis) of \(shape)")
    }
    return (axis, shape.rank)
  }

  /// The input where it is known; 32-bit numbers, which float32 does not hold, with their zero point taken away.
  private static func constantNumbers(
    _ node: NodeImport, zeroPoints: [Float]
  ) throws(OnnxError) -> (values: Tensor, areLessZero: Bool)? {
    guard let constant = node.constantIfKnown(0) else {
      return node.state.tensor(try node.value(0)).map { ($0, false) }
    }
    guard constant.elementType == .int32, zeroPoints.count == 1, let zero = Int64(exactly: zeroPoints[0]) else {
      return (try constant.floats(), false)
    }
    let values = try constant.integers().map { Float($0 &- zero) }
    return (Tensor(shape: constant.shape, values: values), true)
  }

  /// A scale that depends on the picture, as dynamic quantization has it; it has to be one number.
  private static func computedScale(_ node: NodeImport) throws(OnnxError) {
    let shapes = [try node.shape(1)] + (node.has(2) ? [try node.shape(2)] : [])
    guard shapes.allSatisfy({ $0.count == 1 && $0.rank <= 1 }) else {
      throw node.unsupported("more than one computed scale")
    }
    var value = try node.value(0)
    if node.has(2) { value = try node.emit(Subtract(), [value, node.value(2)]) }
    try node.output(Multiply(), [value, node.value(1)])
  }
}

/// The same under onnxruntime's domain.
enum ContribDequantizeLinearImport: OperatorImport {
  static let name = "DequantizeLinear"
  static let domain = "com.microsoft"

  static func add(_ node: NodeImport) throws(OnnxError) { try DequantizeLinearImport.add(node) }
}
