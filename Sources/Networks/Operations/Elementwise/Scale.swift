package import Tensors

/// Multiplies by one constant.
///
/// Input: N x C (x H x W). Output: as x. Reference: the residual scale of Szegedy et al. 2016 (Inception-ResNet).
package struct Scale: DifferentiableOperation, ChannelAffineOperation {
  package static let name = "Scale"
  package var factor: Float
  /// Channels (axis 1) of the input, so that a plan can fold the factor into the layer before.
  package var channels: Int

  package init(factor: Float, channels: Int) {
    self.factor = factor
    self.channels = channels
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    guard inputs[0].rank >= 2, inputs[0][1] == channels else {
      throw GraphError(.badShape, "[Scale] \(inputs[0]) does not have \(channels) channels.")
    }
    return [inputs[0]]
  }

  package func channelAffine(parameters: [Tensor]) throws(GraphError) -> (scale: [Float], shift: [Float]) {
    ([Float](repeating: factor, count: channels), [Float](repeating: 0, count: channels))
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    try affineForward(inputs)
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [
      Tensor(shape: gradients[0].shape) { dx in
        gradients[0].withUnsafeBuffer { dy in for i in 0..<dy.count { dx[i] = dy[i] * factor } }
      }
    ]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    try affineStep(node, context)
  }
}
