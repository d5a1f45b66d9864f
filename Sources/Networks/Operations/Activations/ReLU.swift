package import Tensors

/// `max(x, 0)`.
///
/// Input and output: any shape. Saved for backward: y. Reference: PyTorch `ReLU`.
package struct ReLU: DifferentiableOperation, ActivationOperation, ElementwiseOperation {
  package static let name = "Relu"
  package var activation: Activation { .relu }

  package init() {}

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    values.replaceEach { max($0, 0) }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [
      Tensor(shape: outputs[0].shape) { dx in
        outputs[0].withUnsafeBuffer { y in
          gradients[0].withUnsafeBuffer { dy in for i in 0..<dx.count { dx[i] = y[i] > 0 ? dy[i] : 0 } }
        }
      }
    ]
  }
}
