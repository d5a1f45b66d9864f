package import Tensors

/// Takes fixed indices of one axis.
///
/// Input: any shape. Output: the input's with ``shape`` in place of the axis; a scalar shape removes it. Reference: ONNX
/// `Gather` with constant indices.
package struct Gather: RearrangingOperation {
  package static let name = "Gather"
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
    guard axis >= 0, axis < x.rank, indices.count == shape.count,
      indices.allSatisfy({ $0 >= 0 && $0 < x[axis] })
    else {
      throw GraphError(.badShape, "[Gather] an index does not exist in axis \(axis) of \(x).")
    }
    return [Shape(x.dimensions.prefix(axis) + shape.dimensions + x.dimensions.dropFirst(axis + 1))]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let result = try outputShapes([inputs[0].shape])[0]
    guard result.count > 0 else { return [Tensor(shape: result, values: [])] }
    var selection = AxisSelection(sources: Array(repeating: nil, count: inputs[0].shape.rank))
    selection.sources[axis] = indices
    return [selection(inputs[0]).reshaped(result)]
  }
}
