package import Tensors

/// Joins tensors along one axis.
///
/// Inputs: one or more that agree in every other dimension. Reference: ONNX `Concat`. A plan lets the producers of
/// channels write straight into the joined tensor, so that nothing is copied.
package struct Concat: RearrangingOperation {
  package static let name = "Concat"
  package var axis: Int

  package init(axis: Int = 1) {
    self.axis = axis
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    guard let first = inputs.first, axis >= 0, axis < first.rank else {
      throw GraphError(.badShape, "[Concat] axis \(axis) does not exist in \(inputs).")
    }
    var dimensions = first.dimensions
    for shape in inputs.dropFirst() {
      guard shape.rank == first.rank, (0..<first.rank).allSatisfy({ $0 == axis || shape[$0] == first[$0] }) else {
        throw GraphError(.badShape, "[Concat] \(first) and \(shape) differ outside axis \(axis).")
      }
      dimensions[axis] += shape[axis]
    }
    return [Shape(dimensions)]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shape = try outputShapes(inputs.map(\.shape))[0]
    let inner = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = shape.dimensions.prefix(axis).reduce(1, *)
    return [
      Tensor(shape: shape) { y in
        var at = 0
        for block in 0..<outer {
          for input in inputs {
            let length = input.shape[axis] * inner
            input.withUnsafeBuffer { x in
              for i in 0..<length { y[at + i] = x[block * length + i] }
            }
            at += length
          }
        }
      }
    ]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard axis == 1, (node.inputs + node.outputs).allSatisfy(context.isChannelsLast) else {
      return PlainStep(node: node, context: context)
    }
    return ConcatStep(inputs: node.inputs, output: node.outputs[0])
  }
}
