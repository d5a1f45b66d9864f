package import Tensors

/// `x * gamma + beta` per channel: what dlib stores of a batch norm once training is over.
///
/// Inputs: x N x C (x H x W); gamma C; beta C. Output: as x. Reference: dlib `affine_` in its convolutional mode.
package struct ChannelAffine: DifferentiableOperation, ChannelAffineOperation, AffineFoldable {
  package static let name = "ChannelAffine"

  package var learnedInputs: [Int] { [1, 2] }

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 3...3)
    try requireChannels(inputs)
    return [inputs[0]]
  }

  package func channelAffine(parameters: [Tensor]) throws(GraphError) -> (scale: [Float], shift: [Float]) {
    (parameters[0].values, parameters[1].values)
  }

  package func folding(scale: [Float], shift: [Float], parameters: [Tensor]) throws(GraphError) -> [Tensor] {
    let (gamma, beta) = (parameters[0].values, parameters[1].values)
    return [
      Tensor(shape: parameters[0].shape, values: zip(gamma, scale).map { $0 * $1 }),
      Tensor(shape: parameters[1].shape, values: beta.indices.map { beta[$0] * scale[$0] + shift[$0] }),
    ]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    try affineForward(inputs)
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let (dx, products) = gradients[0].channelGradient(inputs[0], scale: inputs[1].values) { x, _ in x }
    return [dx, products, gradients[0].channelSums()]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    try affineStep(node, context)
  }
}
