internal import Glibc
package import Tensors

/// `exp(x) / sum(exp(x))` along one axis.
///
/// Input and output: any shape with that axis. Saved for backward: y. Reference: ONNX `Softmax` (opset 13).
package struct Softmax: DifferentiableOperation {
  package static let name = "Softmax"
  package var axis: Int

  package init(axis: Int = 1) {
    self.axis = axis
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
    let length = x.shape[axis]
    let inner = x.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = x.shape.dimensions.prefix(axis).reduce(1, *)
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
    let length = shape[axis]
    let inner = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = shape.dimensions.prefix(axis).reduce(1, *)
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
