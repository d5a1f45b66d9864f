internal import Glibc
package import Tensors

/// The remainder of a division.
///
/// Inputs: a, b, which broadcast together. Output: the broadcast shape. Reference: ONNX `Mod`.
package struct Modulo: BinaryOperation, DifferentiableOperation {
  package static let name = "Mod"
  /// Whether the remainder has the sign of a (C's `fmod`); else that of b (Python's `%`).
  package var signOfDividend: Bool

  package init(signOfDividend: Bool = false) {
    self.signOfDividend = signOfDividend
  }

  package func combine(_ a: Float, _ b: Float) -> Float {
    let remainder = fmodf(a, b)
    return signOfDividend || remainder == 0 || (remainder < 0) == (b < 0) ? remainder : remainder + b
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    binaryGradient(inputs, gradients[0]) { a, b in
      (1, -(signOfDividend ? (a / b).rounded(.towardZero) : (a / b).rounded(.down)))
    }
  }
}
