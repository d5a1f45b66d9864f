package import Tensors

/// `(x - mean) / sqrt(variance + epsilon)` over all dimensions from an axis on; the scale and shift that follow are
/// operations of their own.
///
/// Input and output: any shape with that axis. Reference: ONNX `LayerNormalization` (opset 17), Ba et al. 2016.
package struct LayerNormalize: DifferentiableOperation {
  package static let name = "LayerNormalization"
  package var axis: Int
  package var epsilon: Float

  package init(axis: Int, epsilon: Float = 1e-5) {
    self.axis = axis
    self.epsilon = epsilon
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    guard axis >= 0, axis < inputs[0].rank else {
      throw GraphError(.badShape, "[LayerNormalization] axis \(axis) does not exist in \(inputs[0]).")
    }
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let span = AxisSpan(x.shape, axis: axis, joinsTrailing: true)
    return [
      Tensor(shape: x.shape) { y in
        x.withUnsafeBuffer { x in
          span.forEachLine { start in
            var sum = 0.0
            for i in start..<start + span.length { sum += Double(x[i]) }
            let mean = sum / Double(span.length)
            var squares = 0.0
            for i in start..<start + span.length { squares += (Double(x[i]) - mean) * (Double(x[i]) - mean) }
            let factor = 1 / (squares / Double(span.length) + Double(epsilon)).squareRoot()
            for i in start..<start + span.length { y[i] = Float((Double(x[i]) - mean) * factor) }
          }
        }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let span = AxisSpan(inputs[0].shape, axis: axis, joinsTrailing: true)
    let count = Double(span.length)
    return [
      lineGradient(span, inputs[0], outputs[0], gradients[0]) { start, x, y, dy, dx in
        let line = start..<start + span.length
        var (sum, squares, gradient, projection) = (0.0, 0.0, 0.0, 0.0)
        for i in line { sum += Double(x[i]) }
        let mean = sum / count
        for i in line {
          squares += (Double(x[i]) - mean) * (Double(x[i]) - mean)
          gradient += Double(dy[i])
          projection += Double(dy[i]) * Double(y[i])
        }
        let factor = 1 / (squares / count + Double(epsilon)).squareRoot()
        for i in line {
          dx[i] = Float(factor * (Double(dy[i]) - gradient / count - Double(y[i]) * projection / count))
        }
      }
    ]
  }
}
