internal import CKernels
package import Tensors

/// The difference of two tensors.
///
/// Inputs: a, b, which broadcast together. Output: the broadcast shape. Saved for backward: nothing. Reference: ONNX
/// `Sub`.
package struct Subtract: BinaryOperation, DifferentiableOperation {
  package static let name = "Sub"

  package init() {}

  package func combine(_ a: Float, _ b: Float) -> Float { a - b }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let negated = try MathFunction(.negate).forward(gradients)[0]
    return [gradients[0].summed(to: inputs[0].shape), negated.summed(to: inputs[1].shape)]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    BinaryStep(kind: FK_SUB, node: node, context: context) ?? PlainStep(node: node, context: context)
  }
}
