internal import Networks
internal import Tensors

/// ONNX `Upsample` (opset 7: scales as an attribute; 9: as a constant input) and `Resize` of opset 10, which is the same.
enum UpsampleImport: OperatorImport {
  static let name = "Upsample"

  static func add(_ node: NodeImport) throws(OnnxError) {
    guard node.opset < 9 else { return try add(node, scales: try node.floats(1, "list of scales")) }
    guard case .floats(let scales)? = node.node.attributes["scales"] else {
      throw node.invalid("its scales are missing")
    }
    try add(node, scales: scales)
  }

  static func add(_ node: NodeImport, scales: [Float]) throws(OnnxError) {
    let x = try node.shape(0)
    guard scales.count == x.rank else { throw node.invalid("\(scales.count) scales for an input of \(x)") }
    var axes: [Resize.Axis] = []
    for (axis, scale) in scales.enumerated() where scale != 1 {
      axes.append(try ResizeImport.axis(node, axis, x[axis], scale: scale))
    }
    let mode: Resize.Mode
    switch try node.string("mode", default: "nearest") {
    case "nearest": mode = .nearest(.legacy)
    case "linear", "bilinear": mode = .linear
    case let other: throw node.unsupported("the mode \"\(other)\"")
    }
    try ResizeImport.emit(Resize(axes: axes, mode: mode, coordinates: .asymmetric), node)
  }
}
