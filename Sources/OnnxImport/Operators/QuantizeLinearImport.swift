internal import Networks
internal import Tensors

/// ONNX `QuantizeLinear`, from opset 10: one scale, or one for each index of an axis.
enum QuantizeLinearImport: OperatorImport {
  static let name = "QuantizeLinear"

  static func add(_ node: NodeImport) throws(OnnxError) {
    guard try node.int("block_size", default: 0) == 0 else { throw node.unsupported("quantization by blocks") }
    if try QuantizedForm.add(node) { return }
    let shape = try node.shape(0)
    let quantization = try node.quantization(scale: 1, zeroPoint: 2)
    let value: ValueID
    if !quantization.isUniform {
      value = try perAxis(node, quantization)
    } else if let constant = node.constantIfKnown(0) {
      let operation = try quantization.quantize(node)
      let key = "\(node.node.inputs[0]) quantized \(quantization.scale) \(quantization.zeroPoint) \(quantization.type)"
      value = try node.state.derivedParameter(key, count: shape.count) { () throws(OnnxError) in
        try node.computed(operation, [constant.floats()])
      }
    } else {
      value = try node.emit(quantization.quantize(node), [node.value(0)])
    }
    guard let output = node.node.outputs.first, !output.isEmpty else { return }
    // A constant stays a value of the engine: as a list of whole numbers it would take more memory.
    node.state.values[output] = .computed(value, shape, quantization.type)
  }

  private static func perAxis(_ node: NodeImport, _ quantization: Quantization) throws(OnnxError) -> ValueID {
    let (axis, rank) = try DequantizeLinearImport.axis(node, quantization)
    let scales = node.parameter(node.alongAxis(quantization.scales, axis: axis, rank: rank))
    let zeros = node.parameter(node.alongAxis(quantization.zeroPoints, axis: axis, rank: rank))
    let steps = try node.emit(MathFunction(.round), [node.emit(Divide(), [node.value(0), scales])])
    let range = try node.range(of: quantization.type)
    let clip = Clip(lower: range.lowerBound, upper: range.upperBound)
    return try node.emit(clip, [node.emitSum(steps, zeros)])
  }
}

/// The same under onnxruntime's domain.
enum ContribQuantizeLinearImport: OperatorImport {
  static let name = "QuantizeLinear"
  static let domain = "com.microsoft"

  static func add(_ node: NodeImport) throws(OnnxError) { try QuantizeLinearImport.add(node) }
}
