internal import Networks
internal import Tensors

/// ONNX `Clip`: bounds are attributes before opset 11, inputs from then on.
enum ClipImport: OperatorImport {
  static let name = "Clip"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let type = try node.resultType(0)
    if node.opset < 11 {
      let lower = try node.float("min", default: -.infinity)
      let upper = try node.float("max", default: .infinity)
      return try node.setOutput(0, node.emit(Clip(lower: lower, upper: upper), [node.value(0)]), type: type)
    }
    if type.isInteger, var value = node.constantIfKnown(0) {
      if node.has(1) { value = try node.fold(.maximum, value, node.constant(1, "lower bound"), type: type) }
      if node.has(2) { value = try node.fold(.minimum, value, node.constant(2, "upper bound"), type: type) }
      return try node.setOutput(0, constant: value)
    }
    let isKnown = [1, 2].allSatisfy { !node.has($0) || node.constantIfKnown($0) != nil }
    guard isKnown else {
      var value = try node.value(0)
      if node.has(1) { value = try node.emit(Extremum(largest: true), [value, node.value(1)]) }
      if node.has(2) { value = try node.emit(Extremum(largest: false), [value, node.value(2)]) }
      return try node.setOutput(0, value, type: type)
    }
    let clip = Clip(lower: try bound(node, 1) ?? -.infinity, upper: try bound(node, 2) ?? .infinity)
    try node.setOutput(0, node.emit(clip, [node.value(0)]), type: type)
  }

  private static func bound(_ node: NodeImport, _ index: Int) throws(OnnxError) -> Float? {
    guard let constant = node.constantIfKnown(index) else { return nil }
    guard constant.shape.count == 1 else { throw node.invalid("a bound of \(constant.shape) is not one number") }
    return try constant.floats().values.first
  }
}
