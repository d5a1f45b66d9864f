package import Tensors

/// `x` where positive, else `x * slope`, with one slope a channel.
///
/// Inputs: x N x C (x H x W); slope C. Output: as x. Saved for backward: x, slope. Reference: He et al. 2015, PyTorch
/// `PReLU`.
package struct PReLU: DifferentiableOperation, ActivationOperation {
  package static let name = "PRelu"
  package var activation: Activation { .prelu }
  package var learnedInputs: [Int] { [1] }

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...2)
    guard inputs[0].rank >= 2, inputs[1] == [inputs[0][1]] else {
      throw GraphError(.badShape, "[PRelu] slopes \(inputs[1]) do not fit \(inputs[0]).")
    }
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let (x, channels) = (inputs[0], inputs[0].shape[1])
    let plane = max(x.shape.dimensions.dropFirst(2).reduce(1, *), 1)
    let slope = inputs[1].values
    return [
      Tensor(shape: x.shape) { y in
        x.withUnsafeBuffer { x in
          for i in 0..<x.count { y[i] = x[i] > 0 ? x[i] : x[i] * slope[(i / plane) % channels] }
        }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let (x, channels) = (inputs[0], inputs[0].shape[1])
    let plane = max(x.shape.dimensions.dropFirst(2).reduce(1, *), 1)
    let slope = inputs[1].values
    var slopeGradient = [Float](repeating: 0, count: channels)
    let inputGradient = Tensor(shape: x.shape) { dx in
      x.withUnsafeBuffer { x in
        gradients[0].withUnsafeBuffer { dy in
          for i in 0..<x.count {
            let channel = (i / plane) % channels
            dx[i] = x[i] > 0 ? dy[i] : dy[i] * slope[channel]
            if x[i] <= 0 { slopeGradient[channel] += dy[i] * x[i] }
          }
        }
      }
    }
    return [inputGradient, Tensor(shape: [channels], values: slopeGradient)]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard context.isChannelsLast(node.inputs[0]), let slope = context.parameters(node.inputs[1...1]) else {
      return PlainStep(node: node, context: context)
    }
    return ChannelStep(
      input: node.inputs[0], output: node.outputs[0], scale: nil, shift: nil,
      epilogue: Epilogue(.prelu, slope: slope[0].values, channels: slope[0].count))
  }
}
