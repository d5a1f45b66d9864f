internal import CKernels
package import Tensors

/// Enlarges (or reduces) an image to the height and width of another by repeating pixels.
///
/// Inputs: x N x C x H x W; reference N' x C' x H' x W', of which only the size counts. Output: N x C x H' x W', pixel i
/// being pixel `floor(i * H / H')` of x. Reference: PyTorch `interpolate(x, size=reference.shape[2:], mode="nearest")`.
package struct NearestResizeLike: RearrangingOperation {
  package static let name = "NearestResizeLike"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...2)
    try requireRank(inputs[0], 4)
    try requireRank(inputs[1], 4)
    guard inputs[0].dimensions[2...].allSatisfy({ $0 > 0 }) || inputs[1][2] * inputs[1][3] == 0 else {
      throw GraphError(.badShape, "[\(Self.name)] \(inputs[0]) has no pixels to repeat.")
    }
    return [[inputs[0][0], inputs[0][1], inputs[1][2], inputs[1][3]]]
  }

  /// The old row (or column) of each new one, in float32 as PyTorch computes it.
  static func sources(from old: Int, to new: Int) -> [Int] {
    let ratio = Float(old) / Float(max(new, 1))
    return (0..<new).map { min(Int((Float($0) * ratio).rounded(.down)), old - 1) }
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let (x, shape) = (inputs[0], try outputShapes(inputs.map(\.shape))[0])
    let rows = Self.sources(from: x.shape[2], to: shape[2])
    let columns = Self.sources(from: x.shape[3], to: shape[3])
    return [
      Tensor(shape: shape) { y in
        x.withUnsafeBuffer { x in
          var at = 0
          for plane in 0..<shape[0] * shape[1] {
            for row in rows {
              let start = (plane * inputs[0].shape[2] + row) * inputs[0].shape[3]
              for column in columns {
                y[at] = x[start + column]
                at += 1
              }
            }
          }
        }
      }
    ]
  }

  var steeringInputs: Set<Int> { [1] }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard node.inputs.allSatisfy({ context.isChannelsLast($0) }) else { return PlainStep(node: node, context: context) }
    return NearestResizeStep(input: node.inputs[0], reference: node.inputs[1], output: node.outputs[0])
  }
}

/// Repeats channels-last pixels.
private struct NearestResizeStep: PlanStep {
  let input: ValueID
  let reference: ValueID
  let output: ValueID

  /// The reference is listed so that its shape is known; its values are not read.
  var inputs: [ValueID] { [input, reference] }
  var outputs: [ValueID] { [output] }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (x, y) = (context.view(input), context.view(output))
    let rows = NearestResizeLike.sources(from: Int(x.h), to: Int(y.h))
    let columns = NearestResizeLike.sources(from: Int(x.w), to: Int(y.w))
    for image in 0..<Int(y.n) {
      for (newRow, row) in rows.enumerated() {
        let source = x.data + image * x.image + row * x.row
        var target = y.data + image * y.image + newRow * y.row
        for column in columns {
          target.update(from: source + column * x.pixel, count: Int(y.c))
          target += y.pixel
        }
      }
    }
  }
}
