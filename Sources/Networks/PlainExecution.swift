package import Tensors

/// Runs a graph operation by operation in plain NCHW arithmetic: the reference for every plan.
package enum PlainExecution {
  /// The values of the graph's outputs.
  package static func run(_ graph: Graph, inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let shapes = try graph.shapes(inputs: inputs.map(\.shape))
    var values = graph.parameters
    for (value, tensor) in zip(graph.inputs, inputs) { values[value] = tensor }
    for node in graph.nodes {
      let arguments = node.inputs.compactMap { values[$0] }
      let results = try node.operation.forward(arguments)
      for (value, tensor) in zip(node.outputs, results) {
        assert(tensor.shape == shapes[value], "[\(node.name)] \(tensor.shape) breaks its shape rule")
        values[value] = tensor
      }
    }
    return graph.outputs.compactMap { values[$0] }
  }
}
