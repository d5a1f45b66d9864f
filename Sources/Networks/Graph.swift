package import Tensors

/// Names one value of a graph: an input, a parameter, or what a node produces.
package struct ValueID: Hashable, Sendable {
  let index: Int
}

/// One operation applied to values.
package struct Node: Sendable {
  /// Where it comes from, for messages and profiles: a layer's path in its checkpoint.
  package var name: String
  package var operation: any Operation
  package var inputs: [ValueID]
  package var outputs: [ValueID]
}

/// A network as data: nodes in an order in which each comes after what it reads.
///
/// Built-in architectures and weight files all become this; see ``GraphBuilder``. It is executed by ``PlainExecution``
/// (the reference) or by an ``InferencePlan``.
package struct Graph: Sendable {
  package internal(set) var inputs: [ValueID]
  package internal(set) var outputs: [ValueID]
  package internal(set) var nodes: [Node]
  /// Values known before the run. Keys of a checkpoint are in ``parameterNames``.
  package internal(set) var parameters: [ValueID: Tensor]
  package internal(set) var parameterNames: [ValueID: String]
  var valueCount: Int

  mutating func newValue() -> ValueID {
    valueCount += 1
    return ValueID(index: valueCount - 1)
  }

  /// Sets a parameter's value for this graph; used by rewriting.
  mutating func newParameter(_ tensor: Tensor, name: String) -> ValueID {
    let value = newValue()
    parameters[value] = tensor
    parameterNames[value] = name
    return value
  }

  /// The shape of every value for the given input shapes.
  ///
  /// Throws `badShape` with the node's name when an operation refuses its inputs.
  package func shapes(inputs shapes: [Shape]) throws(GraphError) -> [ValueID: Shape] {
    try self.shapes(inputs: shapes, parameters: parameters.mapValues(\.shape))
  }

  /// The same where the parameters themselves may be gone and only their shapes are known.
  func shapes(inputs shapes: [Shape], parameters: [ValueID: Shape]) throws(GraphError) -> [ValueID: Shape] {
    guard shapes.count == inputs.count else {
      throw GraphError(.badGraph, "The graph has \(inputs.count) inputs, got \(shapes.count) shapes.")
    }
    var known: [ValueID: Shape] = [:]
    for (value, shape) in zip(inputs, shapes) { known[value] = shape }
    known.merge(parameters) { own, _ in own }
    for node in nodes {
      var arguments: [Shape] = []
      for value in node.inputs {
        guard let shape = known[value] else {
          throw GraphError(.badGraph, "Node \(node.name) reads a value that nothing before it produces.")
        }
        arguments.append(shape)
      }
      let results: [Shape]
      do {
        results = try node.operation.outputShapes(arguments)
      } catch {
        throw GraphError(error.code, "\(error.message) At node \(node.name).")
      }
      guard results.count == node.outputs.count else {
        throw GraphError(.badGraph, "Node \(node.name) has \(node.outputs.count) outputs, not \(results.count).")
      }
      for (value, shape) in zip(node.outputs, results) { known[value] = shape }
    }
    for value in outputs where known[value] == nil {
      throw GraphError(.badGraph, "An output of the graph is never produced.")
    }
    return known
  }
}

extension Graph {
  /// The same network without nodes and parameters that no output needs.
  package func pruned() -> Graph {
    var needed = Set(outputs)
    var kept: [Node] = []
    for node in nodes.reversed() where node.outputs.contains(where: { needed.contains($0) }) {
      needed.formUnion(node.inputs)
      kept.append(node)
    }
    var result = self
    result.nodes = kept.reversed()
    result.parameters = parameters.filter { needed.contains($0.key) }
    result.parameterNames = parameterNames.filter { needed.contains($0.key) }
    return result
  }
}

/// Builds a ``Graph`` one node at a time.
package struct GraphBuilder {
  private var graph = Graph(
    inputs: [], outputs: [], nodes: [], parameters: [:], parameterNames: [:], valueCount: 0)

  package init() {}

  /// Goes on from a finished graph, whose outputs are to be named anew.
  package init(extending graph: Graph) { self.graph = graph }

  /// Adds an input of the whole network.
  package mutating func input() -> ValueID {
    let value = graph.newValue()
    graph.inputs.append(value)
    return value
  }

  /// Adds a weight under the name it has in its checkpoint.
  package mutating func parameter(_ name: String, _ tensor: Tensor) -> ValueID {
    graph.newParameter(tensor, name: name)
  }

  /// Adds a node with one output and returns that output.
  package mutating func apply(_ operation: any Operation, _ inputs: [ValueID], name: String) -> ValueID {
    let output = graph.newValue()
    graph.nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
    return output
  }

  /// Adds a node with several outputs and returns them.
  package mutating func apply(
    _ operation: any Operation, _ inputs: [ValueID], outputs count: Int, name: String
  ) -> [ValueID] {
    let outputs = (0..<count).map { _ in graph.newValue() }
    graph.nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: outputs))
    return outputs
  }

  /// The finished graph.
  package func build(outputs: [ValueID]) -> Graph {
    var result = graph
    result.outputs = outputs
    return result
  }
}
