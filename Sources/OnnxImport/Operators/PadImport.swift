internal import Networks
internal import Tensors

/// ONNX `Pad`: amounts as an attribute before opset 11, as constant inputs from then on, with axes from opset 18 on.
enum PadImport: OperatorImport {
  static let name = "Pad"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    guard let amounts = try node.integers(attribute: "pads", before: 11, input: 1) else {
      throw node.invalid("its amounts are missing")
    }
    var axes = Array(0..<x.rank)
    if node.opset >= 18, node.has(3) { axes = try node.axes(try node.integers(3, "axes"), rank: x.rank) }
    guard amounts.count == 2 * axes.count, amounts.allSatisfy({ abs($0.clamped) <= ImportState.maxElements }) else {
      throw node.invalid("the amounts \(amounts) do not fit \(axes.count) axes of \(x)")
    }
    var before = [Int](repeating: 0, count: x.rank)
    var after = before
    for (index, axis) in axes.enumerated() {
      before[axis] = amounts[index]
      after[axis] = amounts[axes.count + index]
    }
    if before.allSatisfy({ $0 == 0 }), after.allSatisfy({ $0 == 0 }) { return try node.pass(0, to: 0) }
    let isWhole = node.constantIfKnown(0)?.elementType.isInteger == true
    var fill: Int64 = 0
    let mode: Pad.Mode
    switch try node.string("mode", default: "constant") {
    case "constant":
      if isWhole {
        if node.opset >= 11, node.has(2) { fill = Int64(try node.integer(2, "value")) }
        mode = .constant(-1)
      } else if node.opset < 11 {
        mode = .constant(try node.float("value", default: 0))
      } else {
        mode = .constant(node.has(2) ? try node.float(2, "value") : 0)
      }
    case "reflect":
      for axis in axes where max(before[axis], after[axis]) >= max(x[axis], 1) {
        throw node.unsupported("reflecting \(max(before[axis], after[axis])) of \(x[axis]) elements")
      }
      mode = .reflect
    case "edge": mode = .edge
    case "wrap": mode = .wrap
    case let other: throw node.unsupported("the mode \"\(other)\"")
    }
    try node.arrange(Pad(before: before, after: after, mode: mode), fill: fill)
  }
}

extension Int {
  /// The number, but one that has a negative.
  fileprivate var clamped: Int { Swift.max(self, -Int.max) }
}
