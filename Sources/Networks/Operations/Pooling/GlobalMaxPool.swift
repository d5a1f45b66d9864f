package import Tensors

/// The largest value of each channel.
///
/// Input: N x C x H x W. Output: N x C x 1 x 1. Reference: ONNX `GlobalMaxPool`.
package struct GlobalMaxPool: DifferentiableOperation {
  package static let name = "GlobalMaxPool"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    try requireRank(inputs[0], 4)
    guard inputs[0][2] > 0, inputs[0][3] > 0 else {
      throw GraphError(.badShape, "[GlobalMaxPool] \(inputs[0]) has no pixel.")
    }
    return [[inputs[0][0], inputs[0][1], 1, 1]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let pixels = x.shape[2] * x.shape[3]
    return [
      Tensor(shape: [x.shape[0], x.shape[1], 1, 1]) { y in
        x.withUnsafeBuffer { x in
          for plane in 0..<y.count {
            var largest = -Float.infinity
            for i in plane * pixels..<(plane + 1) * pixels { largest = max(largest, x[i]) }
            y[plane] = largest
          }
        }
      }
    ]
  }

  /// The first of equal values gets the gradient, as in PyTorch.
  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let shape = inputs[0].shape
    let pixels = shape[2] * shape[3]
    return [
      Tensor(shape: shape) { dx in
        dx.initialize(repeating: 0)
        inputs[0].withUnsafeBuffer { x in
          gradients[0].withUnsafeBuffer { dy in
            for plane in 0..<dy.count {
              var best = plane * pixels
              for i in plane * pixels..<(plane + 1) * pixels where x[i] > x[best] { best = i }
              dx[best] = dy[plane]
            }
          }
        }
      }
    ]
  }
}
