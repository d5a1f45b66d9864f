package import Tensors

/// Repeats a tensor along its axes.
///
/// Input: any shape. Output: each dimension times its number of repeats. Reference: ONNX `Tile`, numpy `tile`.
package struct Tile: RearrangingOperation {
  package static let name = "Tile"
  package var repeats: [Int]

  package init(_ repeats: [Int]) {
    self.repeats = repeats
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    guard repeats.count == inputs[0].rank else {
      throw GraphError(.badShape, "[Tile] \(repeats.count) repeats do not fit \(inputs[0]).")
    }
    var dimensions: [Int] = []
    for (length, times) in zip(inputs[0].dimensions, repeats) {
      let (product, overflow) = length.multipliedReportingOverflow(by: times)
      guard times >= 0, !overflow else { throw GraphError(.badShape, "[Tile] \(repeats) repeats are impossible.") }
      dimensions.append(product)
    }
    return [Shape(dimensions)]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let shape = try outputShapes([x.shape])[0]
    guard shape.count > 0 else { return [Tensor(shape: shape, values: [])] }
    let sources = (0..<shape.rank).map { axis in
      repeats[axis] == 1 ? nil : (0..<shape[axis]).map { $0 % x.shape[axis] }
    }
    return [AxisSelection(sources: sources)(x)]
  }
}
