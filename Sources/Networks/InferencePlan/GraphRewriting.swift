import Tensors

/// Rewrites a graph for inference: each pass keeps what the graph computes and removes work.
enum GraphRewriting {
  static func optimized(_ graph: Graph) throws(GraphError) -> Graph {
    var result = graph
    removeIdentities(&result)
    try foldAffines(&result)
    fuseEpilogues(&result)
    joinConvolutions(&result)
    fuseRearrangements(&result)
    return result
  }

  /// Nodes that read each value, and whether the graph returns it.
  static func readers(_ graph: Graph) -> [ValueID: Int] {
    var count: [ValueID: Int] = [:]
    for node in graph.nodes { for value in node.inputs { count[value, default: 0] += 1 } }
    for value in graph.outputs { count[value, default: 0] += 1 }
    return count
  }

  private static func removeIdentities(_ graph: inout Graph) {
    var replaced: [ValueID: ValueID] = [:]
    var kept: [Node] = []
    for var node in graph.nodes {
      node.inputs = node.inputs.map { replaced[$0] ?? $0 }
      if node.operation is any InferenceIdentity, let input = node.inputs.first, let output = node.outputs.first,
        !graph.outputs.contains(output)
      {
        replaced[output] = input
      } else {
        kept.append(node)
      }
    }
    graph.nodes = kept
  }

  /// Per-channel affines (batch norm, residual scale) into the weights before them, again and again.
  private static func foldAffines(_ graph: inout Graph) throws(GraphError) {
    var readers = readers(graph)
    var producer: [ValueID: Int] = [:]
    var kept: [Node] = []
    for node in graph.nodes {
      let parameters = node.inputs.dropFirst().compactMap { graph.parameters[$0] }
      if let affine = node.operation as? any ChannelAffineOperation, let input = node.inputs.first,
        parameters.count == node.inputs.count - 1, readers[input] == 1, let index = producer[input],
        let foldable = kept[index].operation as? any AffineFoldable, let output = node.outputs.first
      {
        let own = kept[index].inputs.dropFirst().compactMap { graph.parameters[$0] }
        if own.count == kept[index].inputs.count - 1 {
          let (scale, shift) = try affine.channelAffine(parameters: parameters)
          let folded = try foldable.folding(scale: scale, shift: shift, parameters: own)
          let values = folded.map { graph.newParameter($0, name: "\(kept[index].name) folded") }
          kept[index].inputs = [kept[index].inputs[0]] + values
          kept[index].outputs = [output]
          producer[output] = index
          readers[input] = 0
          continue
        }
      }
      for value in node.outputs { producer[value] = kept.count }
      kept.append(node)
    }
    graph.nodes = kept
  }

  /// Residual additions and activations into the convolution before them.
  private static func fuseEpilogues(_ graph: inout Graph) {
    let readers = readers(graph)
    var producer: [ValueID: Int] = [:]
    var kept: [Node?] = []
    func convolution(_ value: ValueID) -> (index: Int, node: Node, fused: FusedConv2d)? {
      guard readers[value] == 1, let index = producer[value], let node = kept[index] else { return nil }
      if let fused = node.operation as? FusedConv2d { return (index, node, fused) }
      guard let conv = node.operation as? Conv2d else { return nil }
      let hasBias = node.inputs.count == 3
      return (index, node, FusedConv2d(conv: conv, activation: nil, hasBias: hasBias, hasResidual: false))
    }
    for node in graph.nodes {
      var merged: Node?
      if let add = node.operation as? Add, !add.broadcasts, node.inputs.count == 2 {
        for (own, other) in [(0, 1), (1, 0)] {
          guard case (let index, var conv, var fused)? = convolution(node.inputs[own]), fused.activation == nil,
            !fused.hasResidual, graph.parameters[node.inputs[other]] == nil
          else { continue }
          fused.hasResidual = true
          conv.operation = fused
          conv.inputs.append(node.inputs[other])
          conv.outputs = node.outputs
          kept[index] = nil
          merged = conv
          break
        }
      } else if let activation = node.operation as? any ActivationOperation, let input = node.inputs.first,
        case (let index, var conv, var fused)? = convolution(input), fused.activation == nil,
        node.inputs.dropFirst().allSatisfy({ graph.parameters[$0] != nil })
      {
        fused.activation = activation
        conv.operation = fused
        conv.inputs.append(contentsOf: node.inputs.dropFirst())
        conv.outputs = node.outputs
        kept[index] = nil
        merged = conv
      }
      let result = merged ?? node
      for value in result.outputs { producer[value] = kept.count }
      kept.append(result)
    }
    graph.nodes = kept.compactMap { $0 }
  }
}
