package import Tensors

/// Divides each line along an axis by the sum of its magnitudes (p = 1) or its Euclidean length (p = 2).
///
/// Input and output: any shape with that axis. A line of zeros stays zero. Reference: ONNX `LpNormalization`.
package struct LpNormalize: DifferentiableOperation {
  package static let name = "LpNormalize"
  package var axis: Int
  /// 1 or 2.
  package var power: Int

  package init(axis: Int, power: Int) {
    self.axis = axis
    self.power = power
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    guard axis >= 0, axis < inputs[0].rank, power == 1 || power == 2 else {
      throw GraphError(.badShape, "[LpNormalize] axis \(axis) with p = \(power) does not fit \(inputs[0]).")
    }
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let span = AxisSpan(x.shape, axis: axis)
    return [
      Tensor(shape: x.shape) { y in
        x.withUnsafeBuffer { x in
          span.forEachLine { start in
            var sum = 0.0
            for i in 0..<span.length {
              let value = Double(x[start + i * span.inner])
              sum += power == 1 ? value.magnitude : value * value
            }
            let norm = Float(power == 1 ? sum : sum.squareRoot())
            for i in 0..<span.length {
              y[start + i * span.inner] = norm == 0 ? 0 : x[start + i * span.inner] / norm
            }
          }
        }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let span = AxisSpan(inputs[0].shape, axis: axis)
    return [
      lineGradient(span, inputs[0], outputs[0], gradients[0]) { start, x, y, dy, dx in
        let line = stride(from: start, to: start + span.length * span.inner, by: span.inner)
        var (sum, projection) = (0.0, 0.0)
        for i in line {
          sum += power == 1 ? Double(x[i].magnitude) : Double(x[i]) * Double(x[i])
          projection += Double(dy[i]) * Double(y[i])
        }
        let norm = power == 1 ? sum : sum.squareRoot()
        for i in line {
          // How the norm changes with x: its sign for p = 1, x / norm for p = 2.
          let slope = power == 1 ? (x[i] > 0 ? 1.0 : x[i] < 0 ? -1 : 0) : Double(y[i])
          dx[i] = norm == 0 ? 0 : Float((Double(dy[i]) - slope * projection) / norm)
        }
      }
    ]
  }
}
