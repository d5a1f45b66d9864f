package import Tensors

/// The mean of each window.
///
/// Input: N x C x H x W. Output: N x C x H' x W'. Saved for backward: nothing. Reference: PyTorch `AvgPool2d`.
package struct AveragePool2d: DifferentiableOperation {
  package static let name = "AveragePool"
  package var window: Window
  /// Whether padding counts as zeros in the mean (PyTorch's `count_include_pad`). What `ceiling` adds beyond the padding never does.
  package var countsPadding: Bool

  package init(_ window: Window, countsPadding: Bool = false) {
    self.window = window
    self.countsPadding = countsPadding
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    return [try window.pooled(inputs[0], self)]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shape = try outputShapes([inputs[0].shape])[0]
    return [
      window.pool(inputs[0], to: shape, initial: 0, +) { sum, rows, columns in
        let count = countsPadding ? rows.padded * columns.padded : rows.count * columns.count
        return count == 0 ? 0 : sum / Float(count)
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [
      window.unpool(inputs[0], gradients[0]) { _, dy, places, rows, columns, dx in
        let count = countsPadding ? rows.padded * columns.padded : rows.count * columns.count
        for place in places { dx[place] += dy / Float(count) }
      }
    ]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    // With `ceiling`, padding beyond the image does not count; the kernel has one divisor for all windows.
    guard window.dilation == Extent(1), !(countsPadding && window.ceiling) else {
      return PlainStep(node: node, context: context)
    }
    guard context.areFloats([node.inputs[0], node.outputs[0]]) else {
      return MixedPoolStep(
        kind: .average(countsPadding: countsPadding), window: window, input: node.inputs[0], output: node.outputs[0])
    }
    return PoolStep(
      kind: .average(countsPadding: countsPadding), window: window, input: node.inputs[0], output: node.outputs[0])
  }
}
