internal import Glibc
package import Tensors

/// a to the power of b.
///
/// Inputs: a, b, which broadcast together. Output: the broadcast shape. Reference: ONNX `Pow`.
package struct Power: BinaryOperation, DifferentiableOperation {
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

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    binaryGradient(inputs, gradients[0]) { a, b in
      if truncates { return (0, 0) }
      let power = powf(a, b)
      return (b == 0 ? 0 : b * powf(a, b - 1), a > 0 ? power * logf(a) : 0)
    }
  }
}
