internal import Glibc

/// `x` times the probability that a normal variable is below `x`.
///
/// Input and output: any shape. Reference: ONNX `Gelu` (opset 20), Hendrycks and Gimpel 2016.
package struct Gelu: ElementwiseOperation {
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
}
