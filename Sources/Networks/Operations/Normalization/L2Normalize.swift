package import Tensors

/// Divides each row by its Euclidean length.
///
/// Input and output: N x D. Reference: PyTorch `functional.normalize(p=2, dim=1)`.
package struct L2Normalize: DifferentiableOperation {
  package static let name = "LpNormalization"
  /// The smallest length divided by.
  package var epsilon: Float

  package init(epsilon: Float = 1e-12) {
    self.epsilon = epsilon
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    try requireRank(inputs[0], 2)
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let length = x.shape[1]
    return [
      Tensor(shape: x.shape) { y in
        x.withUnsafeBuffer { x in
          for row in 0..<x.count / max(length, 1) {
            var sum: Float = 0
            for i in row * length..<(row + 1) * length { sum += x[i] * x[i] }
            let factor = 1 / max(sum.squareRoot(), epsilon)
            for i in row * length..<(row + 1) * length { y[i] = x[i] * factor }
          }
        }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let span = AxisSpan(inputs[0].shape, axis: 1)
    return [
      lineGradient(span, inputs[0], outputs[0], gradients[0]) { start, x, y, dy, dx in
        let row = start..<start + span.length
        var (sum, projection) = (0.0, 0.0)
        for i in row {
          sum += Double(x[i]) * Double(x[i])
          projection += Double(dy[i]) * Double(y[i])
        }
        let length = sum.squareRoot()
        // Below the smallest length the divisor is a constant.
        let (divisor, slope) = length > Double(epsilon) ? (length, projection) : (Double(epsilon), 0)
        for i in row { dx[i] = Float((Double(dy[i]) - Double(y[i]) * slope) / divisor) }
      }
    ]
  }
}
