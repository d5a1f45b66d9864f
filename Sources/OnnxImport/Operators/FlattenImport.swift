internal import Networks
internal import Tensors

/// ONNX `Flatten`, all opsets.
enum FlattenImport: OperatorImport {
  static let name = "Flatten"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    var axis = try node.int("axis", default: 1)
    // The axis behind the last one is allowed.
    guard axis >= -x.rank, axis <= x.rank else { throw node.invalid("axis \(axis) does not exist in \(x)") }
    if axis < 0 { axis += x.rank }
    let outer = x.dimensions.prefix(axis).reduce(1, *)
    let inner = x.dimensions.dropFirst(axis).reduce(1, *)
    if axis == 1, x.count > 0, node.constantIfKnown(0) == nil {
      return try node.setMoved(0, try node.emit(Flatten(), [node.value(0)]), try node.elementType(0))
    }
    try node.reshape(to: [outer, inner], axis == 0 ? [outer, -1] : [-1, inner])
  }
}
