package import Tensors

/// Divides each line along an axis by the sum of its magnitudes (p = 1) or its Euclidean length (p = 2).
///
/// Input and output: any shape with that axis. A line of zeros stays zero. Reference: ONNX `LpNormalization`.
package struct LpNormalize: Operation {
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
}
