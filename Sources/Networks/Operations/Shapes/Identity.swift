package import Tensors

/// Hands its input on.
///
/// Input and output: any shape. Reference: ONNX `Identity`.
package struct Identity: InferenceIdentity, DifferentiableOperation {
  package static let name = "Identity"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] { [inputs[0]] }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [gradients[0]]
  }
}
