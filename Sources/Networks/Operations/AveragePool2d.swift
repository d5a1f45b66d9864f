package import Tensors

/// The mean of each window.
///
/// Input: N x C x H x W. Output: N x C x H' x W'. Saved for backward: nothing. Reference: PyTorch `AvgPool2d`.
package struct AveragePool2d: Operation {
  package static let name = "AveragePool"
  package var window: Window
  /// Whether padding counts as zeros in the mean (PyTorch's `count_include_pad`).
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
    let full = Float(window.kernel.height * window.kernel.width)
    return try window.pool(inputs[0], self) { taps in
      let count = countsPadding ? full : Float(taps.count)
      return count == 0 ? 0 : taps.reduce(0, +) / count
    }
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard window.dilation == Extent(1) else { return PlainStep(node: node, context: context) }
    return PoolStep(
      kind: .average(countsPadding: countsPadding), window: window, input: node.inputs[0], output: node.outputs[0])
  }
}
