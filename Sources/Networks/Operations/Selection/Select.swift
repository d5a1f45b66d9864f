package import Tensors

/// Takes each value from one of two tensors.
///
/// Inputs: condition (not 0 takes the first), a, b, which broadcast together. Output: the broadcast shape. Reference:
/// ONNX `Where`.
package struct Select: RearrangingOperation {
  package static let name = "Where"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 3...3)
    return [try broadcastShape(inputs)]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shapes = inputs.map(\.shape)
    let shape = try broadcastShape(shapes)
    let walk = Broadcasting(shapes, to: shape)
    return [
      Tensor(shape: shape) { y in
        inputs[0].withUnsafeBuffer { condition in
          inputs[1].withUnsafeBuffer { a in
            inputs[2].withUnsafeBuffer { b in walk.map(condition, a, b, into: y) { $0 != 0 ? $1 : $2 } }
          }
        }
      }
    ]
  }

  var steeringInputs: Set<Int> { [0] }
}
