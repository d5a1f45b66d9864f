internal import Networks
internal import Tensors

/// ONNX `Split`: sizes as an attribute before opset 13, as a constant input from then on, else equal parts.
enum SplitImport: OperatorImport {
  static let name = "Split"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    let axis = try node.axis(try node.int("axis", default: 0), rank: x.rank)
    let count = node.node.outputs.count
    let sizes: [Int]
    if let given = try node.integers(attribute: "split", before: 13, input: 1) {
      sizes = given
    } else {
      let parts = node.opset >= 18 ? try node.int("num_outputs", default: count) : count
      guard parts > 0, parts == count else { throw node.invalid("\(parts) parts for \(count) outputs") }
      // The last part is smaller when the length does not divide (from opset 18 on).
      let size = (x[axis] + parts - 1) / parts
      guard x[axis] % parts == 0 || (node.opset >= 18 && size * (parts - 1) <= x[axis]) else {
        throw node.invalid("\(x[axis]) elements in \(parts) equal parts")
      }
      sizes = (0..<parts).map { $0 < parts - 1 ? size : x[axis] - size * (parts - 1) }
    }
    guard sizes.count == count else { throw node.invalid("\(sizes.count) sizes for \(count) outputs") }
    try node.arrange(Split(axis: axis, sizes: sizes), outputs: count)
  }
}
