internal import Glibc

/// a to the power of b.
///
/// Inputs: a, b, which broadcast together. Output: the broadcast shape. Reference: ONNX `Pow`.
package struct Power: BinaryOperation {
  package static let name = "Pow"
  /// Whether the result loses its fraction, as that of whole numbers does.
  package var truncates: Bool

  package init(truncates: Bool = false) {
    self.truncates = truncates
  }

  package func combine(_ a: Float, _ b: Float) -> Float {
    if b == 2 { return a * a }
    let power = powf(a, b)
    return truncates ? power.rounded(.towardZero) : power
  }
}
