internal import Tensors

/// ONNX `Unsqueeze`: axes as an attribute before opset 13, as a constant input from then on.
enum UnsqueezeImport: OperatorImport {
  static let name = "Unsqueeze"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    guard let listed = try node.integers(attribute: "axes", before: 13, input: 1) else {
      throw node.invalid("its axes are missing")
    }
    let rank = x.rank + listed.count
    let axes = Set(try node.axes(listed, rank: rank))
    var rest = x.dimensions[...]
    let dimensions = (0..<rank).map { axes.contains($0) ? 1 : rest.popFirst() ?? 1 }
    // The first dimension of the input may be longer when the network runs, wherever it goes.
    var open = dimensions
    if let first = (0..<rank).first(where: { !axes.contains($0) }) { open[first] = first == 0 ? 0 : -1 }
    try node.reshape(to: Shape(dimensions), open)
  }
}
