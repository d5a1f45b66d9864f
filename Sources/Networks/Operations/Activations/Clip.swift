package import Tensors

/// Keeps values between two bounds; where the bounds cross, the upper one wins.
///
/// Input and output: any shape. Saved for backward: x. Reference: ONNX `Clip`; 0 and 6 make it `ReLU6`.
package struct Clip: ElementwiseOperation, DifferentiableOperation, ActivationOperation {
  package static let name = "Clip"
  package var lower: Float
  package var upper: Float

  package init(lower: Float = -.infinity, upper: Float = .infinity) {
    self.lower = lower
    self.upper = upper
  }

  package var activation: Activation { .clip(low: lower, high: upper) }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    let (lower, upper) = (lower, upper)
    // Comparisons in this order leave what is not a number as it is.
    values.replaceEach { value in
      let raised = value < lower ? lower : value
      return raised > upper ? upper : raised
    }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    elementwiseGradient(inputs, outputs, gradients) { x, _ in x > lower && x < upper ? 1 : 0 }
  }
}
