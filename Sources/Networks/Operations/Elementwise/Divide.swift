internal import CKernels
package import Tensors

/// The quotient of two tensors.
///
/// Inputs: a, b, which broadcast together. Output: the broadcast shape. Reference: ONNX `Div`.
package struct Divide: BinaryOperation, DifferentiableOperation {
  package static let name = "Div"
  /// Whether the quotient loses its fraction, as that of whole numbers does.
  package var truncates: Bool

  package init(truncates: Bool = false) {
    self.truncates = truncates
  }

  package func combine(_ a: Float, _ b: Float) -> Float { truncates ? (a / b).rounded(.towardZero) : a / b }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    binaryGradient(inputs, gradients[0]) { a, b in truncates ? (0, 0) : (1 / b, -a / (b * b)) }
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard !truncates, let step = BinaryStep(kind: FK_DIV, node: node, context: context) else {
      return PlainStep(node: node, context: context)
    }
    return step
  }
}
