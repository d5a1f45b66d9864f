package import Tensors

/// An operation that computes each value from that value alone, so that it may run over any memory order and in place.
///
/// Input and output: one shape, any rank.
package protocol ElementwiseOperation: Operation {
  /// Replaces every value with its result. Must not depend on where a value lies.
  func apply(_ values: UnsafeMutableBufferPointer<Float>)
}

extension ElementwiseOperation {
  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    [
      Tensor(shape: inputs[0].shape) { y in
        inputs[0].withUnsafeBuffer { _ = y.initialize(from: $0) }
        apply(y)
      }
    ]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard context.graph.parameters[node.inputs[0]] == nil else { return PlainStep(node: node, context: context) }
    if let activation = (self as? any ActivationOperation)?.activation {
      return ChannelStep(
        input: node.inputs[0], output: node.outputs[0], scale: nil, shift: nil, epilogue: Epilogue(activation))
    }
    return ValueStep(input: node.inputs[0], output: node.outputs[0], operation: self)
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Replaces each value with `function` of it.
  @inline(__always)
  func replaceEach(_ function: (Float) -> Float) {
    for i in 0..<count { self[i] = function(self[i]) }
  }
}

/// The gradient by the input of an operation on single values, from `derivative(x, y)` of each.
@inline(__always)
func elementwiseGradient(
  _ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor], _ derivative: (Float, Float) -> Float
) -> [Tensor?] {
  [
    Tensor(shape: inputs[0].shape) { dx in
      inputs[0].withUnsafeBuffer { x in
        outputs[0].withUnsafeBuffer { y in
          gradients[0].withUnsafeBuffer { dy in for i in 0..<dx.count { dx[i] = dy[i] * derivative(x[i], y[i]) } }
        }
      }
    }
  ]
}
