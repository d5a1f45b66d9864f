package import Tensors

/// Repeats dimensions of one element, and adds leading ones.
///
/// Input: any shape that broadcasts. Output: the larger of both in every dimension, aligned at the last. Reference: ONNX
/// `Expand`, numpy broadcasting.
package struct Expand: RearrangingOperation {
  package static let name = "Expand"
  /// The dimensions to expand to; 1 leaves the input's.
  package var dimensions: [Int]

  package init(_ dimensions: [Int]) {
    self.dimensions = dimensions
  }

  /// `x` with leading ones, as many dimensions as the output has.
  private func aligned(_ x: Shape, rank: Int) -> Shape {
    Shape([Int](repeating: 1, count: max(rank - x.rank, 0)) + x.dimensions)
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    let rank = max(inputs[0].rank, dimensions.count)
    let x = aligned(inputs[0], rank: rank)
    let wanted = [Int](repeating: 1, count: rank - dimensions.count) + dimensions
    var result: [Int] = []
    for axis in 0..<rank {
      guard wanted[axis] >= 0, x[axis] == wanted[axis] || x[axis] == 1 || wanted[axis] == 1 else {
        throw GraphError(.badShape, "[Expand] \(inputs[0]) does not expand to \(dimensions).")
      }
      result.append(x[axis] == 1 ? wanted[axis] : x[axis])
    }
    return [Shape(result)]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shape = try outputShapes([inputs[0].shape])[0]
    guard shape.count > 0 else { return [Tensor(shape: shape, values: [])] }
    let x = inputs[0].reshaped(aligned(inputs[0].shape, rank: shape.rank))
    let sources = (0..<shape.rank).map { axis in
      x.shape[axis] == shape[axis] ? nil : [Int](repeating: 0, count: shape[axis])
    }
    return [AxisSelection(sources: sources)(x)]
  }
}
