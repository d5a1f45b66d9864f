internal import CKernels
package import Tensors

/// The sum of two tensors.
///
/// Inputs: a, b, of one shape unless ``broadcasts``. Output: as a, or the broadcast shape. Saved for backward: nothing.
/// Reference: ONNX `Add`. A plan fuses the sum of equal shapes into a convolution.
package struct Add: BinaryOperation, DifferentiableOperation {
  package static let name = "Add"
  /// Whether the shapes may differ. A plan is made for more than one input size, so that it cannot tell from an example.
  package var broadcasts: Bool

  package init(broadcasts: Bool = false) {
    self.broadcasts = broadcasts
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...2)
    guard broadcasts || inputs[0] == inputs[1] else {
      throw GraphError(.badShape, "[Add] \(inputs[0]) and \(inputs[1]) differ.")
    }
    return [try broadcastShape(inputs)]
  }

  package func combine(_ a: Float, _ b: Float) -> Float { a + b }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [gradients[0].summed(to: inputs[0].shape), gradients[0].summed(to: inputs[1].shape)]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    BinaryStep(kind: FK_ADD, node: node, context: context) ?? PlainStep(node: node, context: context)
  }
}
