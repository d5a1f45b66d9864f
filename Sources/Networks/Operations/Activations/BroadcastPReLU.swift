package import Tensors

/// `x` where not negative, else `x * slope`, with slopes of any shape that broadcasts to x.
///
/// Inputs: x; slope. Output: as x. Reference: ONNX `PRelu`. One slope a channel is ``PReLU``, which plans fuse.
package struct BroadcastPReLU: BinaryOperation, DifferentiableOperation {
  package static let name = "BroadcastPRelu"

  package var learnedInputs: [Int] { [1] }

  package init() {}

  package func combine(_ x: Float, _ slope: Float) -> Float { x < 0 ? x * slope : x }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    binaryGradient(inputs, gradients[0]) { x, slope in x < 0 ? (slope, x) : (1, 0) }
  }
}
