package import Tensors

/// One operation of a network: its attributes, its shape rule, its arithmetic.
///
/// The graph speaks NCHW; parameters (weights, biases) are ordinary inputs, after the activations. Each operation is one
/// file in `Operations/` and one line in ``OperationCatalog``.
package protocol Operation: Sendable {
  /// The name used in messages and profiles, as ONNX spells it where ONNX has the operation.
  static var name: String { get }

  /// The shape rule. Throws `badShape` when the inputs do not fit.
  func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape]

  /// The plain arithmetic, row-major NCHW, products on `cblas_sgemm`: the reference that faster kernels are tested
  /// against and the forward pass of training. The inputs have been through ``outputShapes(_:)``.
  func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor]

  /// The step that runs this operation in an inference plan. The default runs ``forward(_:)``.
  func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep
}

extension Operation {
  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    PlainStep(node: node, context: context)
  }

  /// Throws unless there are between `range` inputs.
  func requireInputs(_ inputs: [Shape], _ range: ClosedRange<Int>) throws(GraphError) {
    guard range.contains(inputs.count) else {
      throw GraphError(.badGraph, "[\(Self.name)] takes \(range) inputs, got \(inputs.count).")
    }
  }

  func requireRank(_ shape: Shape, _ rank: Int) throws(GraphError) {
    guard shape.rank == rank else {
      throw GraphError(.badShape, "[\(Self.name)] expected \(rank) dimensions, got \(shape).")
    }
  }
}

// MARK: What the plan's rewriting looks for, instead of a switch over operations

/// Does nothing at inference (dropout, identity): the plan removes it.
package protocol InferenceIdentity: Operation {}

/// `y = x * scale + shift` per channel (axis 1) at inference: batch norm and its relatives.
package protocol ChannelAffineOperation: Operation {
  /// Scale and shift for `channels` channels from the values of the parameters (the inputs after the first).
  func channelAffine(parameters: [Tensor]) throws(GraphError) -> (scale: [Float], shift: [Float])
}

/// Linear in its weights, so that a following per-channel affine can be folded into them.
package protocol AffineFoldable: Operation {
  /// Weight and bias such that this operation alone gives what it and the affine gave together.
  func folding(scale: [Float], shift: [Float], parameters: [Tensor]) throws(GraphError) -> [Tensor]
}

/// An activation that kernels can apply while they write.
package protocol ActivationOperation: Operation {
  var activation: Activation { get }
}
