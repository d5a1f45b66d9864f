internal import Glibc
package import Tensors

/// The hyperbolic tangent.
///
/// Input and output: any shape. Saved for backward: y. Reference: ONNX `Tanh`.
package struct Tanh: ElementwiseOperation, DifferentiableOperation {
  package static let name = "Tanh"

  package init() {}

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    values.replaceEach { tanhf($0) }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    elementwiseGradient(inputs, outputs, gradients) { _, y in 1 - y * y }
  }
}
