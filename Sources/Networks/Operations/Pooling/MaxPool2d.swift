package import Tensors

/// The largest value of each window; padding never wins.
///
/// Input: N x C x H x W. Output: N x C x H' x W'. Saved for backward: x, y. Reference: PyTorch `MaxPool2d`.
package struct MaxPool2d: DifferentiableOperation {
  package static let name = "MaxPool"
  package var window: Window

  package init(_ window: Window) {
    self.window = window
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    return [try window.pooled(inputs[0], self)]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shape = try outputShapes([inputs[0].shape])[0]
    return [
      window.pool(inputs[0], to: shape, initial: -.infinity, { max($0, $1) }) { value, rows, columns in
        rows.count * columns.count == 0 ? 0 : value
      }
    ]
  }

  /// The first of equal values gets the gradient, as in PyTorch.
  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [
      window.unpool(inputs[0], gradients[0]) { x, dy, places, _, _, dx in
        guard var best = places.first else { return }
        for place in places where x[place] > x[best] || x[place].isNaN { best = place }
        dx[best] += dy
      }
    ]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard window.dilation == Extent(1) else { return PlainStep(node: node, context: context) }
    guard context.areFloats([node.inputs[0], node.outputs[0]]) else {
      return MixedPoolStep(kind: .max, window: window, input: node.inputs[0], output: node.outputs[0])
    }
    return PoolStep(kind: .max, window: window, input: node.inputs[0], output: node.outputs[0])
  }
}
