internal import CKernels
package import Tensors

/// The product of two tensors, value by value.
///
/// Inputs: a, b, which broadcast together. Output: the broadcast shape. Saved for backward: a, b. Reference: ONNX `Mul`.
package struct Multiply: BinaryOperation, DifferentiableOperation {
  package static let name = "Mul"

  package init() {}

  package func combine(_ a: Float, _ b: Float) -> Float { a * b }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [
      try broadcastForward([gradients[0], inputs[1]]) { $0 * $1 }[0].summed(to: inputs[0].shape),
      try broadcastForward([gradients[0], inputs[0]]) { $0 * $1 }[0].summed(to: inputs[1].shape),
    ]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    BinaryStep(kind: FK_MUL, node: node, context: context) ?? PlainStep(node: node, context: context)
  }
}
