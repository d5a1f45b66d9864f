package import Tensors

/// For every place of the output, the element at that place but for one axis, where a fixed index says which.
///
/// Input: any shape that is at least as large as ``shape`` outside the axis. Output: ``shape``. Reference: ONNX
/// `GatherElements` with constant indices, PyTorch `gather`.
package struct GatherElements: RearrangingOperation {
  package static let name = "GatherElements"
  package var axis: Int
  /// Each zero or more, `shape.count` of them.
  package var indices: [Int]
  package var shape: Shape

  package init(axis: Int, indices: [Int], shape: Shape) {
    self.axis = axis
    self.indices = indices
    self.shape = shape
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    let x = inputs[0]
    guard x.rank == shape.rank, axis >= 0, axis < x.rank, indices.count == shape.count,
      (0..<x.rank).allSatisfy({ $0 == axis || shape[$0] <= x[$0] }), indices.allSatisfy({ $0 >= 0 && $0 < x[axis] })
    else {
      throw GraphError(.badShape, "[GatherElements] indices of \(shape) do not fit axis \(axis) of \(x).")
    }
    return [shape]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    var steps = [Int](repeating: 1, count: shape.rank)
    for axis in stride(from: shape.rank - 2, through: 0, by: -1) { steps[axis] = steps[axis + 1] * x.shape[axis + 1] }
    return [
      Tensor(shape: shape) { y in
        x.withUnsafeBuffer { x in
          for to in 0..<y.count {
            var (rest, from) = (to, indices[to] * steps[axis])
            for dimension in stride(from: shape.rank - 1, through: 0, by: -1) {
              if dimension != axis { from += rest % shape[dimension] * steps[dimension] }
              rest /= shape[dimension]
            }
            y[to] = x[from]
          }
        }
      }
    ]
  }
}
