internal import CKernels
internal import Tensors

/// A convolution with the addition and activation that follow it: `act(conv(x) + bias + residual)`.
///
/// Made by the plan's rewriting only. Inputs: x, weight, bias if any, residual if any, slopes for a PReLU.
struct FusedConv2d: Operation {
  static let name = "FusedConv"
  var conv: Conv2d
  /// What is applied last; `nil` for nothing.
  var activation: (any ActivationOperation)?
  var hasBias: Bool
  var hasResidual: Bool

  private struct Roles {
    var convolution: Range<Int>
    var residual: Int?
    var slope: Int?
  }

  private var roles: Roles {
    var next = hasBias ? 3 : 2
    var roles = Roles(convolution: 0..<next)
    if hasResidual {
      roles.residual = next
      next += 1
    }
    if activation?.activation == .prelu { roles.slope = next }
    return roles
  }

  func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    let count = (hasBias ? 3 : 2) + (hasResidual ? 1 : 0) + (activation?.activation == .prelu ? 1 : 0)
    try requireInputs(inputs, count...count)
    let shapes = try conv.outputShapes(Array(inputs[roles.convolution]))
    if let residual = roles.residual, inputs[residual] != shapes[0] {
      throw GraphError(.badShape, "[FusedConv] residual \(inputs[residual]) does not fit \(shapes[0]).")
    }
    return shapes
  }

  func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    var result = try conv.forward(Array(inputs[roles.convolution]))
    if let residual = roles.residual { result = try Add().forward([result[0], inputs[residual]]) }
    guard let activation else { return result }
    return try activation.forward(result + (roles.slope.map { [inputs[$0]] } ?? []))
  }

  /// Whether a kernel takes this node; else the plain arithmetic does.
  func takesKernel(_ node: Node, _ context: LoweringContext) -> Bool {
    guard let weight = context.parameters(node.inputs[1...1])?.first else { return false }
    let isDepthwise = conv.groups > 1 && conv.groups == weight.shape[0]
    return (weight.shape[2] * weight.shape[3] <= Self.mostTaps || isDepthwise)
      && (!hasBias || context.parameters(node.inputs[2...2]) != nil)
  }

  /// The place of the residual among the inputs.
  var residual: Int? { roles.residual }

  func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard takesKernel(node, context), let weight = context.parameters(node.inputs[1...1])?.first,
      let bias = hasBias ? context.parameters(node.inputs[2...2])?.first?.values : []
    else { return PlainStep(node: node, context: context) }
    var slope: [Float]?
    if let index = roles.slope { slope = context.parameters(node.inputs[index...index])?.first?.values }
    let residual = roles.residual.map { node.inputs[$0] }
    if !context.areFloats([node.inputs[0], node.outputs[0]] + (residual.map { [$0] } ?? [])) {
      return MixedConvStep(
        input: node.inputs[0], output: node.outputs[0], residual: residual,
        packed: MixedConv(
          conv: conv, weight: weight, bias: bias, activation: activation?.activation ?? .none, slope: slope,
          format: context.format(node.inputs[0])))
    }
    return ConvStep(
      input: node.inputs[0], output: node.outputs[0], residual: residual,
      packed: PackedConv(
        conv: conv, weight: weight, bias: bias, activation: activation?.activation ?? .none, slope: slope,
        isa: context.isa, output: context.exampleShapes[node.outputs[0]]))
  }

  /// Taps of a kernel that direct convolution takes (`FK_MAX_TAPS`).
  private static let mostTaps = 225
}
