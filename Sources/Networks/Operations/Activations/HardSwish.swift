package import Tensors

/// `x * max(0, min(1, x / 6 + 0.5))`.
///
/// Input and output: any shape. Reference: ONNX `HardSwish`, Howard et al. 2019 (MobileNetV3).
package struct HardSwish: ElementwiseOperation, DifferentiableOperation, ActivationOperation {
  package static let name = "HardSwish"

  package init() {}

  package var activation: Activation { .hardSwish }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    values.replaceEach { $0 * max(0, min(1, $0 * (1 / 6) + 0.5)) }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    elementwiseGradient(inputs, outputs, gradients) { x, _ in x <= -3 ? 0 : x >= 3 ? 1 : x * (1 / 3) + 0.5 }
  }
}
