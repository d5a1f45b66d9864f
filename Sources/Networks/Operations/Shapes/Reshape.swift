package import Tensors

/// The same elements, in the same order, under other dimensions.
///
/// Input: any shape. Output: ``dimensions``, so that a batch larger than the one a file was imported for passes through.
/// Reference: ONNX `Reshape`.
package struct Reshape: DifferentiableOperation, ShapingOperation {
  package static let name = "Reshape"
  /// Each dimension of the output; 0 copies the input's dimension of that position, one -1 takes what remains.
  package var dimensions: [Int]

  package init(_ dimensions: [Int]) {
    self.dimensions = dimensions
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    let x = inputs[0]
    var resolved: [Int] = []
    var (product, open) = (1, Int?.none)
    for (axis, dimension) in dimensions.enumerated() {
      var length = dimension
      if dimension == 0, axis < x.rank { length = x[axis] }
      if dimension == -1, open == nil {
        open = axis
        length = 1
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      guard length > 0, !overflow else { throw misfit(x) }
      product = next
      resolved.append(length)
    }
    let count = x.count
    if let open {
      guard count % product == 0, count > 0 else { throw misfit(x) }
      resolved[open] = count / product
    } else if product != count {
      throw misfit(x)
    }
    return [Shape(resolved)]
  }

  private func misfit(_ x: Shape) -> GraphError {
    GraphError(.badShape, "[Reshape] \(x) does not fit the dimensions \(dimensions).")
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    [inputs[0].reshaped(try outputShapes([inputs[0].shape])[0])]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [gradients[0].reshaped(inputs[0].shape)]
  }
}
