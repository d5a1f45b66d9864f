package import Tensors

/// The mean over all pixels of each channel.
///
/// Input: N x C x H x W. Output: N x C x 1 x 1. Saved for backward: the input's shape. Reference: ONNX
/// `GlobalAveragePool`.
package struct GlobalAveragePool: DifferentiableOperation {
  package static let name = "GlobalAveragePool"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    try requireRank(inputs[0], 4)
    return [[inputs[0][0], inputs[0][1], 1, 1]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let pixels = x.shape[2] * x.shape[3]
    return [
      Tensor(shape: [x.shape[0], x.shape[1], 1, 1]) { y in
        x.withUnsafeBuffer { x in
          for plane in 0..<y.count {
            var sum: Float = 0
            for i in plane * pixels..<(plane + 1) * pixels { sum += x[i] }
            y[plane] = pixels == 0 ? 0 : sum / Float(pixels)
          }
        }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let shape = inputs[0].shape
    let pixels = shape[2] * shape[3]
    return [
      Tensor(shape: shape) { dx in
        gradients[0].withUnsafeBuffer { dy in
          for i in 0..<dx.count { dx[i] = dy[i / pixels] / Float(pixels) }
        }
      }
    ]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard context.areFloats([node.inputs[0], node.outputs[0]]) else {
      return MixedPoolStep(kind: .global, window: nil, input: node.inputs[0], output: node.outputs[0])
    }
    return PoolStep(kind: .global, window: nil, input: node.inputs[0], output: node.outputs[0])
  }
}
