internal import Glibc
package import Tensors

/// `x` times the probability that a normal variable is below `x`.
///
/// Input and output: any shape. Reference: ONNX `Gelu` (opset 20), Hendrycks and Gimpel 2016.
package struct Gelu: ElementwiseOperation, DifferentiableOperation {
  package static let name = "Gelu"
  /// Whether the usual approximation by `tanh` is taken.
  package var approximate: Bool

  package init(approximate: Bool = false) {
    self.approximate = approximate
  }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    if approximate {
      let factor = Float(2 / Double.pi).squareRoot()
      values.replaceEach { 0.5 * $0 * (1 + tanhf(factor * ($0 + 0.044715 * $0 * $0 * $0))) }
    } else {
      let factor = Float(0.5).squareRoot()
      values.replaceEach { 0.5 * $0 * (1 + erff($0 * factor)) }
    }
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    if approximate {
      let factor = Float(2 / Double.pi).squareRoot()
      return elementwiseGradient(inputs, outputs, gradients) { x, _ in
        let tangent = tanhf(factor * (x + 0.044715 * x * x * x))
        return 0.5 * (1 + tangent) + 0.5 * x * (1 - tangent * tangent) * factor * (1 + 3 * 0.044715 * x * x)
      }
    }
    let (factor, density) = (Float(0.5).squareRoot(), Float(1 / (2 * Double.pi).squareRoot()))
    return elementwiseGradient(inputs, outputs, gradients) { x, _ in
      0.5 * (1 + erff(x * factor)) + x * density * expf(-0.5 * x * x)
    }
  }
}
