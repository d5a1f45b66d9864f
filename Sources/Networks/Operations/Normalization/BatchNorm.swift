package import Tensors

/// Batch normalization with running statistics: `(x - mean) / sqrt(variance + epsilon) * gamma + beta` per channel.
///
/// Inputs: x N x C (x H x W); gamma, beta, mean, variance, each C. Output: as x. Reference: Ioffe and Szegedy 2015,
/// PyTorch `BatchNorm2d.eval()`. A plan folds it into the layer before; training may take the statistics of the batch.
package struct BatchNorm: Operation, ChannelAffineOperation {
  package static let name = "BatchNormalization"
  package var epsilon: Float
  /// How far the running statistics move towards those of a batch in training.
  package var momentum: Float

  package init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 5...5)
    try requireChannels(inputs)
    return [inputs[0]]
  }

  package func channelAffine(parameters: [Tensor]) throws(GraphError) -> (scale: [Float], shift: [Float]) {
    let (gamma, beta) = (parameters[0].values, parameters[1].values)
    let (mean, variance) = (parameters[2].values, parameters[3].values)
    let scale = gamma.indices.map { gamma[$0] / (variance[$0] + epsilon).squareRoot() }
    return (scale, beta.indices.map { beta[$0] - mean[$0] * scale[$0] })
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    try affineForward(inputs)
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    try affineStep(node, context)
  }
}

extension ChannelAffineOperation {
  /// Each parameter must have one value a channel (axis 1 of the first input).
  func requireChannels(_ inputs: [Shape]) throws(GraphError) {
    let x = inputs[0]
    guard x.rank >= 2, inputs.dropFirst().allSatisfy({ $0 == [x[1]] }) else {
      throw GraphError(.badShape, "[\(Self.name)] parameters \(inputs.dropFirst()) do not fit \(x).")
    }
  }

  /// The plain forward of any per-channel affine.
  func affineForward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let (scale, shift) = try channelAffine(parameters: Array(inputs.dropFirst()))
    let channels = x.shape[1]
    let plane = x.shape.dimensions.dropFirst(2).reduce(1, *)
    return [
      Tensor(shape: x.shape) { y in
        x.withUnsafeBuffer { x in
          for i in 0..<x.count {
            let channel = (i / max(plane, 1)) % channels
            y[i] = x[i] * scale[channel] + shift[channel]
          }
        }
      }
    ]
  }

  /// The step for an affine that no layer before it could take in.
  func affineStep(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard let parameters = context.parameters(node.inputs.dropFirst()), context.isChannelsLast(node.inputs[0]) else {
      return PlainStep(node: node, context: context)
    }
    let (scale, shift) = try channelAffine(parameters: parameters)
    return ChannelStep(
      input: node.inputs[0], output: node.outputs[0], scale: scale, shift: shift, epilogue: .none)
  }
}
