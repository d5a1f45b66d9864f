import Tensors

/// What an operation's step can do with formats other than float32. An operation without a rule reads and writes float32.
struct FormatRule {
  /// The inputs it reads in any format.
  var reads: Set<ValueID> = []
  /// Whether it writes any format.
  var writes = false
  /// Whether all of its computed inputs and outputs must be of one format, because their memory is shared or only moved.
  var isTied = false
  /// The input that makes it faster when it is not float32.
  var gains: ValueID?
  /// Multiplications for each number of ``gains``, for weighing a conversion.
  var work = 0
}

/// An operation whose step takes other formats than float32.
protocol FormatFlexible: Operation {
  func formatRule(_ node: Node, _ context: LoweringContext) -> FormatRule?
}

extension Conv2d: FormatFlexible {
  func formatRule(_ node: Node, _ context: LoweringContext) -> FormatRule? {
    FusedConv2d(conv: self, activation: nil, hasBias: node.inputs.count == 3, hasResidual: false)
      .formatRule(node, context)
  }
}

extension JoinedConv2d: FormatFlexible {
  func formatRule(_ node: Node, _ context: LoweringContext) -> FormatRule? {
    conv.formatRule(node, context)
  }
}

extension FusedConv2d: FormatFlexible {
  /// The direct kernel's time in bf16 as a share of its time in float32; a little less than measured, since a change of format costs.
  private static let halfPrecisionShare = 0.5

  func formatRule(_ node: Node, _ context: LoweringContext) -> FormatRule? {
    guard context.parameters(node.inputs[1...1]) != nil, takesKernel(node, context),
      context.isImage(node.inputs[0]), let weight = context.parameters(node.inputs[1...1])?.first
    else { return nil }
    // Winograd in float32 takes less than the direct kernel does in half the bytes.
    let share = ConvAlgorithm.winogradShare(
      conv, weight: weight.shape, output: context.exampleShapes[node.outputs[0]])
    if context.channelsInWord == 2, let share, share < Self.halfPrecisionShare { return nil }
    var rule = FormatRule(writes: true)
    if let residual, context.isImage(node.inputs[residual]) { rule.reads.insert(node.inputs[residual]) }
    let isDepthwise = conv.groups > 1 && weight.shape[0] == conv.groups && weight.shape[1] == 1
    // Two or four neighboring channels are multiplied by one instruction.
    if isDepthwise || weight.shape[1] % context.channelsInWord == 0 {
      rule.reads.insert(node.inputs[0])
      rule.gains = node.inputs[0]
      let taps = weight.shape[2] * weight.shape[3]
      rule.work =
        isDepthwise ? 0 : weight.shape[0] / conv.groups * taps / max(conv.stride.height * conv.stride.width, 1)
    }
    return rule
  }
}

extension Concat: FormatFlexible {
  func formatRule(_ node: Node, _ context: LoweringContext) -> FormatRule? {
    guard axis == 1, (node.inputs + node.outputs).allSatisfy(context.isImage) else { return nil }
    return FormatRule(reads: Set(node.inputs), writes: true, isTied: true)
  }
}

extension MaxPool2d: FormatFlexible {
  func formatRule(_ node: Node, _ context: LoweringContext) -> FormatRule? {
    window.dilation == Extent(1) && context.isImage(node.inputs[0])
      ? FormatRule(reads: [node.inputs[0]], writes: true, isTied: true) : nil
  }
}

extension AveragePool2d: FormatFlexible {
  func formatRule(_ node: Node, _ context: LoweringContext) -> FormatRule? {
    window.dilation == Extent(1) && !(countsPadding && window.ceiling) && context.isImage(node.inputs[0])
      ? FormatRule(reads: [node.inputs[0]], writes: true, isTied: true) : nil
  }
}

extension GlobalAveragePool: FormatFlexible {
  /// The mean is kept in float32.
  func formatRule(_ node: Node, _ context: LoweringContext) -> FormatRule? {
    context.isImage(node.inputs[0]) ? FormatRule(reads: [node.inputs[0]]) : nil
  }
}
