internal import CKernels
package import Tensors

/// The larger or the smaller of two values; what is not a number wins over both.
///
/// Inputs: a, b, which broadcast together. Output: the broadcast shape. Reference: ONNX `Max` and `Min`.
package struct Extremum: BinaryOperation, DifferentiableOperation {
  package static let name = "Max"
  package var largest: Bool

  package init(largest: Bool) {
    self.largest = largest
  }

  package func combine(_ a: Float, _ b: Float) -> Float {
    if largest { return a > b || a.isNaN ? a : b }
    return a < b || a.isNaN ? a : b
  }

  /// Equal values share the gradient, as in PyTorch.
  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    binaryGradient(inputs, gradients[0]) { a, b in
      if a == b { return (0.5, 0.5) }
      return (a > b) == largest ? (1, 0) : (0, 1)
    }
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    BinaryStep(kind: largest ? FK_MAX : FK_MIN, node: node, context: context)
      ?? PlainStep(node: node, context: context)
  }
}
