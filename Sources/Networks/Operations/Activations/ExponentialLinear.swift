internal import Glibc
package import Tensors

/// `gain * x` where positive, else `gain * alpha * (exp(x / width) - 1)`.
///
/// Input and output: any shape. Reference: ONNX `Elu` (gain 1, width 1), `Selu` (width 1), `Celu` (gain 1, width alpha).
package struct ExponentialLinear: ElementwiseOperation, DifferentiableOperation {
  package static let name = "Elu"
  package var alpha: Float
  package var gain: Float
  package var width: Float

  package init(alpha: Float = 1, gain: Float = 1, width: Float = 1) {
    self.alpha = alpha
    self.gain = gain
    self.width = width
  }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    let (negative, gain, width) = (gain * alpha, gain, width)
    values.replaceEach { $0 > 0 ? gain * $0 : negative * expm1f($0 / width) }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    elementwiseGradient(inputs, outputs, gradients) { x, _ in x > 0 ? gain : gain * alpha / width * expf(x / width) }
  }
}
