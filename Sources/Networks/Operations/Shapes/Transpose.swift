package import Tensors

/// Reorders dimensions: output dimension `i` is input dimension `order[i]`.
///
/// Reference: ONNX `Transpose`, PyTorch `permute`.
package struct Transpose: RearrangingOperation {
  package static let name = "Transpose"
  package var order: [Int]

  package init(_ order: [Int]) {
    self.order = order
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    guard order.sorted() == Array(0..<inputs[0].rank) else {
      throw GraphError(.badShape, "[Transpose] order \(order) does not fit \(inputs[0]).")
    }
    return [Shape(order.map { inputs[0][$0] })]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let shape = try outputShapes([x.shape])[0]
    var strides = [Int](repeating: 1, count: x.shape.rank)
    for axis in stride(from: x.shape.rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * x.shape[axis + 1]
    }
    let steps = order.map { strides[$0] }
    return [
      Tensor(shape: shape) { y in
        x.withUnsafeBuffer { x in
          var index = [Int](repeating: 0, count: shape.rank)
          var from = 0
          for to in 0..<y.count {
            y[to] = x[from]
            for axis in stride(from: shape.rank - 1, through: 0, by: -1) {
              index[axis] += 1
              from += steps[axis]
              if index[axis] < shape[axis] { break }
              from -= steps[axis] * shape[axis]
              index[axis] = 0
            }
          }
        }
      }
    ]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    RearrangeStep(node, order: order, context: context) ?? PlainStep(node: node, context: context)
  }
}
