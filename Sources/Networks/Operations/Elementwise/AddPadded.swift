package import Tensors

/// The sum of two images that may differ in channels, height and width: what one lacks counts as zero.
///
/// Inputs: a, b, N x C x H x W each with the same N. Output: the larger of both in every dimension. Reference: dlib
/// `add_prev_`, which its down-sampling residual blocks rely on.
package struct AddPadded: DifferentiableOperation {
  package static let name = "AddPadded"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...2)
    try requireRank(inputs[0], 4)
    try requireRank(inputs[1], 4)
    guard inputs[0][0] == inputs[1][0] else {
      throw GraphError(.badShape, "[AddPadded] batches of \(inputs[0][0]) and \(inputs[1][0]) differ.")
    }
    return [Shape((0..<4).map { max(inputs[0][$0], inputs[1][$0]) })]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shape = try outputShapes(inputs.map(\.shape))[0]
    return [
      Tensor(shape: shape) { y in
        y.initialize(repeating: 0)
        for input in inputs {
          let x = input.shape
          input.withUnsafeBuffer { values in
            var from = 0
            for image in 0..<x[0] {
              for channel in 0..<x[1] {
                for row in 0..<x[2] {
                  let to = ((image * shape[1] + channel) * shape[2] + row) * shape[3]
                  for column in 0..<x[3] { y[to + column] += values[from + column] }
                  from += x[3]
                }
              }
            }
          }
        }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let whole = gradients[0].shape
    return inputs.map { input in
      let x = input.shape
      if x == whole { return gradients[0] }
      return Tensor(shape: x) { dx in
        gradients[0].withUnsafeBuffer { dy in
          var to = 0
          for plane in 0..<x[0] * x[1] {
            let (image, channel) = (plane / x[1], plane % x[1])
            for row in 0..<x[2] {
              let from = ((image * whole[1] + channel) * whole[2] + row) * whole[3]
              for column in 0..<x[3] { dx[to + column] = dy[from + column] }
              to += x[3]
            }
          }
        }
      }
    }
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard node.inputs.allSatisfy(context.isChannelsLast) else { return PlainStep(node: node, context: context) }
    return AddPaddedStep(left: node.inputs[0], right: node.inputs[1], output: node.outputs[0])
  }
}
