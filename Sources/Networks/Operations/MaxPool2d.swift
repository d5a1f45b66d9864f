package import Tensors

/// The largest value of each window; padding never wins.
///
/// Input: N x C x H x W. Output: N x C x H' x W'. Saved for backward: x, y. Reference: PyTorch `MaxPool2d`.
package struct MaxPool2d: Operation {
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
    try window.pool(inputs[0], self) { taps in taps.max() ?? 0 }
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard window.dilation == Extent(1) else { return PlainStep(node: node, context: context) }
    return PoolStep(kind: .max, window: window, input: node.inputs[0], output: node.outputs[0])
  }
}

extension Window {
  /// The shape rule of pooling.
  func pooled(_ x: Shape, _ operation: some Operation) throws(GraphError) -> Shape {
    try operation.requireRank(x, 4)
    guard padding.top < kernel.height, padding.left < kernel.width else {
      throw GraphError(.badShape, "[\(type(of: operation).name)] the padding must be smaller than the window.")
    }
    let size = try outputSize(height: x[2], width: x[3], operation: type(of: operation).name)
    return [x[0], x[1], size.height, size.width]
  }

  /// Plain pooling: `reduce` receives the values of a window that lie inside the image.
  func pool(
    _ x: Tensor, _ operation: some Operation, _ reduce: ([Float]) -> Float
  ) throws(GraphError) -> [Tensor] {
    let shape = try pooled(x.shape, operation)
    let (height, width) = (x.shape[2], x.shape[3])
    return [
      Tensor(shape: shape) { y in
        x.withUnsafeBuffer { x in
          var at = 0
          var taps: [Float] = []
          for plane in 0..<shape[0] * shape[1] {
            for row in 0..<shape[2] {
              for column in 0..<shape[3] {
                taps.removeAll(keepingCapacity: true)
                for ky in 0..<kernel.height {
                  let iy = row * stride.height + ky * dilation.height - padding.top
                  guard iy >= 0, iy < height else { continue }
                  for kx in 0..<kernel.width {
                    let ix = column * stride.width + kx * dilation.width - padding.left
                    if ix >= 0, ix < width { taps.append(x[(plane * height + iy) * width + ix]) }
                  }
                }
                y[at] = reduce(taps)
                at += 1
              }
            }
          }
        }
      }
    ]
  }
}
