internal import CKernels
package import Tensors

/// The sum of two tensors of one shape.
///
/// Inputs: a, b. Output: as a. Saved for backward: nothing. Reference: ONNX `Add` without broadcast.
package struct Add: DifferentiableOperation {
  package static let name = "Add"

  package init() {}

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 2...2)
    guard inputs[0] == inputs[1] else {
      throw GraphError(.badShape, "[Add] \(inputs[0]) and \(inputs[1]) differ.")
    }
    return [inputs[0]]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let (a, b) = (inputs[0], inputs[1])
    return [
      Tensor(shape: a.shape) { y in
        a.withUnsafeBuffer { a in b.withUnsafeBuffer { b in for i in 0..<a.count { y[i] = a[i] + b[i] } } }
      }
    ]
  }

  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    [gradients[0], gradients[0]]
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    BinaryStep(kind: FK_ADD, node: node, context: context) ?? PlainStep(node: node, context: context)
  }
}
