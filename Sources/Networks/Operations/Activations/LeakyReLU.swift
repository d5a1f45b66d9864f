package import Tensors

/// `x` where positive, else `x * slope`, with one slope for all.
///
/// Input and output: any shape. Saved for backward: x. Reference: ONNX `LeakyRelu`, Maas et al. 2013.
package struct LeakyReLU: ElementwiseOperation, DifferentiableOperation, ActivationOperation {
  package static let name = "LeakyRelu"
  package var slope: Float

  package init(slope: Float = 0.01) {
    self.slope = slope
  }

  package var activation: Activation { .leaky(slope: slope) }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    let slope = slope
    values.replaceEach { $0 >= 0 ? $0 : $0 * slope }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    elementwiseGradient(inputs, outputs, gradients) { x, _ in x >= 0 ? 1 : slope }
  }
}
