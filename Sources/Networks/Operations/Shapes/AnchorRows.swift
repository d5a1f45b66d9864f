internal import CKernels
package import Tensors

/// Lists what a detector says of each anchor: the maps of several levels as rows of `length` values.
///
/// Inputs: one map a level, N x (A * length) x H x W. Output: N x (sum of H * W * A) x length, by level, row, column and
/// anchor. The same as PyTorch's `cat([m.permute(0, 2, 3, 1).reshape(N, -1, length) for m in maps], 1)`.
package struct AnchorRows: RearrangingOperation {
  package static let name = "AnchorRows"
  package var length: Int

  package init(length: Int) {
    self.length = length
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    guard let first = inputs.first else { throw GraphError(.badGraph, "[\(Self.name)] takes one input or more.") }
    var rows = 0
    for shape in inputs {
      try requireRank(shape, 4)
      guard length > 0, shape[0] == first[0], shape[1] % length == 0 else {
        throw GraphError(.badShape, "[\(Self.name)] \(shape) does not split into rows of \(length).")
      }
      rows += shape[1] / length * shape[2] * shape[3]
    }
    return [[first[0], rows, length]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shape = try outputShapes(inputs.map(\.shape))[0]
    return [
      Tensor(shape: shape) { y in
        var at = 0
        for image in 0..<shape[0] {
          for input in inputs {
            let (channels, pixels) = (input.shape[1], input.shape[2] * input.shape[3])
            input.withUnsafeBuffer { x in
              for pixel in 0..<pixels {
                for channel in 0..<channels {
                  y[at] = x[(image * channels + channel) * pixels + pixel]
                  at += 1
                }
              }
            }
          }
        }
      }
    ]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard node.inputs.allSatisfy({ context.isChannelsLast($0) }) else { return PlainStep(node: node, context: context) }
    return AnchorRowsStep(inputs: node.inputs, output: node.outputs[0])
  }
}

/// Copies channels-last pixels one after another: they have the wanted order already.
private struct AnchorRowsStep: PlanStep {
  let inputs: [ValueID]
  let output: ValueID

  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    guard var target = context.buffer(output).baseAddress else { return }
    for image in 0..<context.shape(output)[0] {
      for value in inputs {
        let x = context.view(value)
        for row in 0..<Int(x.h) {
          for column in 0..<Int(x.w) {
            target.update(from: x.data + image * x.image + row * x.row + column * x.pixel, count: Int(x.c))
            target += Int(x.c)
          }
        }
      }
    }
  }
}
