internal import Tensors

/// ONNX `Reshape` to a constant shape, all opsets: 0 (copied unless `allowzero`) and one -1.
enum ReshapeImport: OperatorImport {
  static let name = "Reshape"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    let wanted = try node.integers(1, "shape")
    let allowsZero = try node.int("allowzero", default: 0) != 0
    var (dimensions, product, open) = ([Int](), 1, Int?.none)
    for (axis, dimension) in wanted.enumerated() {
      var length = dimension
      if dimension == 0, !allowsZero {
        guard axis < x.rank else { throw node.invalid("the shape \(wanted) copies a dimension that \(x) has not") }
        length = x[axis]
      } else if dimension == -1, open == nil {
        (length, open) = (1, axis)
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else { throw node.invalid("the shape \(wanted) is not possible") }
      dimensions.append(length)
      product = next
    }
    if let open {
      guard product > 0, x.count % product == 0 else { throw node.invalid("\(x) does not fit the shape \(wanted)") }
      dimensions[open] = x.count / product
    }
    guard dimensions.allSatisfy({ $0 <= ImportState.maxElements }), open != nil || product == x.count else {
      throw node.invalid("\(x) does not fit the shape \(wanted)")
    }
    try node.reshape(to: Shape(dimensions), relative(dimensions, open: open, x, copiesFirst: wanted.first == 0))
  }

  /// The dimensions such that a longer first dimension of the input passes through: exporters write down the batch of
  /// one they saw.
  private static func relative(_ dimensions: [Int], open: Int?, _ x: Shape, copiesFirst: Bool) -> [Int] {
    var result = dimensions
    if let open { result[open] = -1 }
    guard let first = dimensions.first, x.rank > 0, open != 0 else { return result }
    if copiesFirst || first == x[0] {
      result[0] = 0
    } else if open == nil {
      result[0] = -1
    }
    return result
  }
}
