internal import Tensors

/// Convolutions of one input, such as the heads of a detector, computed as one.
///
/// Made by the plan's rewriting only. Inputs: x, weights joined along the output channels, biases joined. Outputs: all
/// channels, then the share of each convolution. The shares lie inside the first output; nothing is copied.
struct JoinedConv2d: Operation {
  static let name = "JoinedConv"
  var conv: Conv2d
  /// Output channels of each convolution.
  var channels: [Int]

  func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 3...3)
    let all = try conv.outputShapes(inputs)[0]
    return [all] + channels.map { [all[0], $0, all[2], all[3]] }
  }

  func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let all = try conv.forward(inputs)[0]
    var first = 0
    let shares = channels.map { count in
      defer { first += count }
      return all.channels(first..<first + count)
    }
    return [all] + shares
  }

  func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard let parameters = context.parameters(node.inputs.dropFirst()) else {
      return PlainStep(node: node, context: context)
    }
    var first = 0
    let shares = zip(node.outputs.dropFirst(), channels).map { value, count in
      defer { first += count }
      return (value: value, channel: first)
    }
    let (weight, bias) = (parameters[0], parameters[1].values)
    guard context.areFloats([node.inputs[0], node.outputs[0]]) else {
      let packed = MixedConv(
        conv: conv, weight: weight, bias: bias, activation: .none, slope: nil, format: context.format(node.inputs[0]))
      return MixedConvStep(
        input: node.inputs[0], output: node.outputs[0], residual: nil, packed: packed, shares: shares)
    }
    let packed = PackedConv(
      conv: conv, weight: weight, bias: bias, activation: .none, slope: nil, isa: context.isa,
      output: context.exampleShapes[node.outputs[0]])
    return ConvStep(input: node.inputs[0], output: node.outputs[0], residual: nil, packed: packed, shares: shares)
  }
}

extension Tensor {
  /// A copy of some channels (axis 1) of an image batch N x C x H x W.
  fileprivate func channels(_ range: Range<Int>) -> Tensor {
    let plane = shape[2] * shape[3]
    return Tensor(shape: [shape[0], range.count, shape[2], shape[3]]) { target in
      withUnsafeBuffer { source in
        for image in 0..<shape[0] {
          for i in 0..<range.count * plane {
            target[image * range.count * plane + i] = source[(image * shape[1] + range.lowerBound) * plane + i]
          }
        }
      }
    }
  }
}

extension GraphRewriting {
  /// Narrow convolutions of the same input and geometry become one: each alone would leave most of a vector idle.
  static func joinConvolutions(_ graph: inout Graph) {
    struct Key: Hashable {
      let input: ValueID
      let stride: Extent
      let padding: Padding
      let dilation: Extent
      let weight: [Int]
    }
    let concatenated = Set(graph.nodes.filter { $0.operation is Concat }.flatMap(\.inputs))
    var groups: [Key: [Int]] = [:]
    for (index, node) in graph.nodes.enumerated() {
      guard let conv = node.operation as? Conv2d, conv.groups == 1, let weight = graph.parameters[node.inputs[1]],
        weight.shape.rank == 4, weight.shape[0] <= mostJoined,
        node.inputs.dropFirst().allSatisfy({ graph.parameters[$0] != nil }), !concatenated.contains(node.outputs[0])
      else { continue }
      let key = Key(
        input: node.inputs[0], stride: conv.stride, padding: conv.padding, dilation: conv.dilation,
        weight: Array(weight.shape.dimensions.dropFirst()))
      groups[key, default: []].append(index)
    }
    var replaced: [Int: Node] = [:]
    var dropped: Set<Int> = []
    for (key, members) in groups where members.count > 1 {
      let nodes = members.map { graph.nodes[$0] }
      let weights = nodes.compactMap { graph.parameters[$0.inputs[1]] }
      guard let conv = nodes[0].operation as? Conv2d, weights.count == nodes.count else { continue }
      let channels = weights.map { $0.shape[0] }
      let bias = zip(nodes, channels).flatMap { node, count in
        (node.inputs.count > 2 ? graph.parameters[node.inputs[2]]?.values : nil) ?? [Float](repeating: 0, count: count)
      }
      let all = channels.reduce(0, +)
      let name = nodes.map(\.name).joined(separator: " + ")
      let weight = Tensor(shape: Shape([all] + key.weight), values: weights.flatMap(\.values))
      let inputs = [
        key.input, graph.newParameter(weight, name: name),
        graph.newParameter(Tensor(shape: [all], values: bias), name: name),
      ]
      let outputs = [graph.newValue()] + nodes.map { $0.outputs[0] }
      replaced[members[0]] = Node(
        name: name, operation: JoinedConv2d(conv: conv, channels: channels), inputs: inputs, outputs: outputs)
      dropped.formUnion(members.dropFirst())
    }
    graph.nodes = graph.nodes.indices.compactMap { dropped.contains($0) ? nil : replaced[$0] ?? graph.nodes[$0] }
  }

  /// Output channels of a convolution that is joined with others; a wider one fills its vectors alone.
  private static let mostJoined = 32
}
