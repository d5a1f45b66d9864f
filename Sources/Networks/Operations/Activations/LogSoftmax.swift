internal import Glibc
package import Tensors

/// `x - log(sum(exp(x)))` along one axis, or over all dimensions from an axis on.
///
/// Input and output: any shape with that axis. Reference: ONNX `LogSoftmax` (opset 13, and before it).
package struct LogSoftmax: DifferentiableOperation {
  package static let name = "LogSoftmax"
  package var axis: Int
  /// Whether the dimensions after the axis belong to it, as before opset 13.
  package var joinsTrailing: Bool

  package init(axis: Int, joinsTrailing: Bool = false) {
    self.axis = axis
    self.joinsTrailing = joinsTrailing
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try Softmax(axis: axis).outputShapes(inputs)
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let span = AxisSpan(x.shape, axis: axis, joinsTrailing: joinsTrailing)
    return [
      Tensor(shape: x.shape) { y in
        x.withUnsafeBuffer { x in
          span.forEachLine { start in
            var largest = -Float.infinity
            for i in 0..<span.length { largest = max(largest, x[start + i * span.inner]) }
            var sum: Float = 0
            for i in 0..<span.length { sum += expf(x[start + i * span.inner] - largest) }
            let shift = largest + logf(sum)
            for i in 0..<span.length { y[start + i * span.inner] = x[start + i * span.inner] - shift }
          }
        }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let span = AxisSpan(inputs[0].shape, axis: axis, joinsTrailing: joinsTrailing)
    return [
      lineGradient(span, inputs[0], outputs[0], gradients[0]) { start, _, y, dy, dx in
        let line = stride(from: start, to: start + span.length * span.inner, by: span.inner)
        var sum: Float = 0
        for i in line { sum += dy[i] }
        for i in line { dx[i] = dy[i] - expf(y[i]) * sum }
      }
    ]
  }
}
