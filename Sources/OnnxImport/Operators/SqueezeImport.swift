internal import Tensors

/// ONNX `Squeeze`: axes as an attribute before opset 13, as a constant input from then on; without, all of length 1.
enum SqueezeImport: OperatorImport {
  static let name = "Squeeze"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    var axes = (0..<x.rank).filter { x[$0] == 1 }
    if let listed = try node.integers(attribute: "axes", before: 13, input: 1) {
      axes = try node.axes(listed, rank: x.rank)
    }
    for axis in axes where x[axis] != 1 { throw node.invalid("axis \(axis) of \(x) has not one element") }
    let dimensions = (0..<x.rank).filter { !axes.contains($0) }.map { x[$0] }
    // The first dimension may be longer when the network runs, unless it is the one to go.
    var open = dimensions
    if !open.isEmpty, !axes.contains(0) { open[0] = 0 }
    try node.reshape(to: Shape(dimensions), open)
  }
}
