internal import Networks
internal import Tensors

/// ONNX `Dropout`, all opsets, at inference: it does nothing. The mask is not computed.
enum DropoutImport: OperatorImport {
  static let name = "Dropout"

  static func add(_ node: NodeImport) throws(OnnxError) {
    if node.opset >= 12, node.has(2), let mode = node.constantIfKnown(2), mode.shape.count == 1,
      try mode.floats().values[0] != 0
    {
      throw node.unsupported("the file was exported for training")
    }
    node.refuseOutput(1, "the mask")
    guard node.constantIfKnown(0) == nil else { return try node.pass(0, to: 0) }
    var ratio = try node.float("ratio", default: 0.5)
    if node.opset >= 12, node.has(1), let given = node.constantIfKnown(1), given.shape.count == 1 {
      ratio = try given.floats().values[0]
    }
    try node.setMoved(0, try node.emit(Dropout(probability: ratio), [node.value(0)]), try node.elementType(0))
  }
}
