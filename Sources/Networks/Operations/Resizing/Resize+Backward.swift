package import Tensors

extension Resize: DifferentiableOperation {
  /// Every value gets back what it gave, by the same weights.
  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let x = inputs[0].shape
    var gradient = gradients[0]
    if gradient.shape == x, axes.allSatisfy({ $0.scale == 1 && coordinates != .tfCropAndResize }) { return [gradient] }
    let tables = axes.map { ResizeTable($0, length: x[$0.axis], mode: mode, coordinates: coordinates) }
    if tables.contains(where: { $0.outside.contains(true) }) {
      var selection = AxisSelection(sources: Array(repeating: nil, count: x.rank))
      for (axis, table) in zip(axes, tables) {
        selection.sources[axis.axis] = table.outside.indices.map { table.outside[$0] ? -1 : $0 }
      }
      gradient = selection(gradient)
    }
    for (axis, table) in zip(axes, tables).reversed() where !table.isIdentity {
      gradient = table.applyTransposed(to: gradient, axis: axis.axis, length: x[axis.axis])
    }
    return [gradient]
  }
}

extension ResizeTable {
  /// The gradient by what ``apply(to:axis:)`` took, whose axis had `length`, from the gradient by its result.
  func applyTransposed(to dy: Tensor, axis: Int, length: Int) -> Tensor {
    var dimensions = dy.shape.dimensions
    dimensions[axis] = length
    let inner = dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = dimensions.prefix(axis).reduce(1, *)
    return Tensor(shape: Shape(dimensions)) { dx in
      dx.initialize(repeating: 0)
      dy.withUnsafeBuffer { dy in
        var from = 0
        for block in 0..<outer {
          let start = block * length * inner
          for output in 0..<outside.count {
            for tap in output * taps..<(output + 1) * taps {
              let (weight, to) = (weights[tap], start + indices[tap] * inner)
              for i in 0..<inner { dx[to + i] += weight * dy[from + i] }
            }
            from += inner
          }
        }
      }
    }
  }
}
