/// ONNX `If`, all opsets, where the condition follows from shapes and constants: the chosen branch takes the node's place.
///
/// Exporters leave it behind where they did not know a shape, as PyTorch does for `squeeze`.
enum IfImport: OperatorImport {
  static let name = "If"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let condition = try node.constant(0, "condition")
    let values = condition.elementType.isInteger ? try condition.integers() : []
    guard values.count == 1 else { throw node.invalid("the condition is not one truth value") }
    let branch = values[0] != 0 ? "then_branch" : "else_branch"
    guard case .graph(let graph)? = node.node.attributes[branch] else {
      throw node.invalid("the attribute \(branch) is not a graph")
    }
    guard graph.inputs.isEmpty, graph.outputs.count == node.node.outputs.count else {
      throw node.invalid("its \(branch) does not give what the node does")
    }
    let nodes = try NodeOrder.needed(graph, around: graph.captured)
    try OnnxNetwork.checkOperators(nodes)
    try node.state.add(nodes, initializers: graph.initializers)
    for (result, output) in zip(graph.outputs, node.node.outputs) where !output.isEmpty {
      guard let value = node.state.values[result.name] else {
        throw node.invalid("nothing produces \"\(OnnxNode.shown(result.name))\"")
      }
      node.state.values[output] = value
    }
  }
}
