package import Tensors

/// Cuts a tensor into parts along one axis.
///
/// Input: any shape whose axis has the sum of ``sizes``. Outputs: one a size. Reference: ONNX `Split`.
package struct Split: RearrangingOperation {
  package static let name = "Split"
  package var axis: Int
  package var sizes: [Int]

  package init(axis: Int, sizes: [Int]) {
    self.axis = axis
    self.sizes = sizes
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    let x = inputs[0]
    var sum = 0
    for size in sizes {
      let (next, overflow) = sum.addingReportingOverflow(size)
      guard size >= 0, !overflow else { throw GraphError(.badShape, "[Split] sizes of \(sizes) are impossible.") }
      sum = next
    }
    guard axis >= 0, axis < x.rank, sum == x[axis] else {
      throw GraphError(.badShape, "[Split] parts of \(sizes) do not fill axis \(axis) of \(x).")
    }
    return sizes.map { size in
      var dimensions = x.dimensions
      dimensions[axis] = size
      return Shape(dimensions)
    }
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let inner = x.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = x.shape.dimensions.prefix(axis).reduce(1, *)
    let row = x.shape[axis] * inner
    var start = 0
    return try outputShapes([x.shape]).map { shape in
      let length = shape[axis] * inner
      defer { start += length }
      return Tensor(shape: shape) { y in
        x.withUnsafeBuffer { x in
          for block in 0..<outer {
            for i in 0..<length { y[block * length + i] = x[block * row + start + i] }
          }
        }
      }
    }
  }
}
