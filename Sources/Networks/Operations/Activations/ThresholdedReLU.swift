package import Tensors

/// `x` where above a threshold, else 0.
///
/// Input and output: any shape. Reference: ONNX `ThresholdedRelu`.
package struct ThresholdedReLU: ElementwiseOperation, DifferentiableOperation {
  package static let name = "ThresholdedRelu"
  package var threshold: Float

  package init(threshold: Float = 1) {
    self.threshold = threshold
  }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    let threshold = threshold
    values.replaceEach { $0 > threshold ? $0 : 0 }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    elementwiseGradient(inputs, outputs, gradients) { x, _ in x > threshold ? 1 : 0 }
  }
}
