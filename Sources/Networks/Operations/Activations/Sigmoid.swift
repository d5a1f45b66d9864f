internal import Glibc
package import Tensors

/// `1 / (1 + exp(-x))`.
///
/// Input and output: any shape. Saved for backward: y. Reference: ONNX `Sigmoid`.
package struct Sigmoid: ElementwiseOperation, DifferentiableOperation, ActivationOperation {
  package static let name = "Sigmoid"

  package init() {}

  package var activation: Activation { .sigmoid }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    values.replaceEach { 1 / (1 + expf(-$0)) }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    elementwiseGradient(inputs, outputs, gradients) { _, y in y * (1 - y) }
  }
}
