package import Tensors

/// `max(0, min(1, alpha * x + beta))`.
///
/// Input and output: any shape. Reference: ONNX `HardSigmoid`.
package struct HardSigmoid: ElementwiseOperation, DifferentiableOperation, ActivationOperation {
  package static let name = "HardSigmoid"
  package var alpha: Float
  package var beta: Float

  package init(alpha: Float = 0.2, beta: Float = 0.5) {
    self.alpha = alpha
    self.beta = beta
  }

  package var activation: Activation { .hardSigmoid(slope: alpha, offset: beta) }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    let (alpha, beta) = (alpha, beta)
    values.replaceEach { max(0, min(1, alpha * $0 + beta)) }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    elementwiseGradient(inputs, outputs, gradients) { _, y in y > 0 && y < 1 ? alpha : 0 }
  }
}
