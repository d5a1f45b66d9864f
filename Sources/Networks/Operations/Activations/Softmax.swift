internal import Glibc
package import Tensors

/// `exp(x) / sum(exp(x))` along one axis, or over all dimensions from an axis on.
///
/// Input and output: any shape with that axis. Saved for backward: y. Reference: ONNX `Softmax` (opset 13, and before it).
package struct Softmax: DifferentiableOperation {
  package static let name = "Softmax"
  package var axis: Int
  /// Whether the dimensions after the axis belong to it, as before opset 13.
  package var joinsTrailing: Bool

  package init(axis: Int = 1, joinsTrailing: Bool = false) {
    self.axis = axis
    self.joinsTrailing = joinsTrailing
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    guard axis >= 0, axis < inputs[0].rank else {
      throw GraphError(.badShape, "[Softmax] axis \(axis) does not exist in \(inputs[0]).")
    }
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let span = AxisSpan(x.shape, axis: axis, joinsTrailing: joinsTrailing)
    let (outer, length, inner) = (span.outer, span.length, span.inner)
    return [
      Tensor(shape: x.shape) { y in
        x.withUnsafeBuffer { x in
          for block in 0..<outer {
            for offset in 0..<inner {
              let start = block * length * inner + offset
              var largest = -Float.infinity
              for i in 0..<length { largest = max(largest, x[start + i * inner]) }
              var sum: Float = 0
              for i in 0..<length {
                let value = expf(x[start + i * inner] - largest)
                y[start + i * inner] = value
                sum += value
              }
              for i in 0..<length { y[start + i * inner] /= sum }
            }
          }
        }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let shape = inputs[0].shape
    let span = AxisSpan(shape, axis: axis, joinsTrailing: joinsTrailing)
    let (outer, length, inner) = (span.outer, span.length, span.inner)
    return [
      Tensor(shape: shape) { dx in
        outputs[0].withUnsafeBuffer { y in
          gradients[0].withUnsafeBuffer { dy in
            for block in 0..<outer {
              for offset in 0..<inner {
                let start = block * length * inner + offset
                var sum: Float = 0
                for i in 0..<length { sum += y[start + i * inner] * dy[start + i * inner] }
                for i in 0..<length {
                  let at = start + i * inner
                  dx[at] = y[at] * (dy[at] - sum)
                }
              }
            }
          }
        }
      }
    ]
  }
}
