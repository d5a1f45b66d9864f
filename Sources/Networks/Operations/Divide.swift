/// The quotient of two tensors.
///
/// Inputs: a, b, which broadcast together. Output: the broadcast shape. Reference: ONNX `Div`.
package struct Divide: BinaryOperation {
  package static let name = "Div"
  /// Whether the quotient loses its fraction, as that of whole numbers does.
  package var truncates: Bool

  package init(truncates: Bool = false) {
    self.truncates = truncates
  }

  package func combine(_ a: Float, _ b: Float) -> Float { truncates ? (a / b).rounded(.towardZero) : a / b }
}
