package import Tensors

/// Joins every dimension from `axis` on.
///
/// Input: any rank above `axis`. Output: rank 2 for axis 1. Reference: ONNX `Flatten`.
package struct Flatten: DifferentiableOperation, ShapingOperation {
  package static let name = "Flatten"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    guard inputs[0].rank >= 1 else { throw GraphError(.badShape, "[Flatten] a scalar has no batch dimension.") }
    return [[inputs[0][0], inputs[0].dimensions.dropFirst().reduce(1, *)]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    [inputs[0].reshaped(try outputShapes([inputs[0].shape])[0])]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [gradients[0].reshaped(inputs[0].shape)]
  }
}
