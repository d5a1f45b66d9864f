/// A place between two nodes of a graph through which a single computed value passes.
package struct NarrowPlace: Sendable {
  /// Nodes before it.
  package let position: Int
  /// What passes.
  package let value: ValueID
}

extension Graph {
  /// All places, first to last, where the network can be cut in two with one value between the parts. The ends are not
  /// among them.
  package var narrowPlaces: [NarrowPlace] {
    var lastReader: [ValueID: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for value in node.inputs where parameters[value] == nil { lastReader[value] = index }
    }
    for value in outputs where parameters[value] == nil { lastReader[value] = nodes.count }
    var alive = Set(inputs)
    var places: [NarrowPlace] = []
    for (index, node) in nodes.enumerated() {
      if index > 0, alive.count == 1, let value = alive.first, !inputs.contains(value) {
        places.append(NarrowPlace(position: index, value: value))
      }
      alive.formUnion(node.outputs.filter { lastReader[$0] != nil })
      alive = alive.filter { (lastReader[$0] ?? -1) > index }
    }
    return places
  }

  /// Where the last block of the network begins: what `tail` trains.
  ///
  /// The last narrow place after which two branches of the network meet again (a residual sum, a concatenation) and
  /// something is learned; in a network without branches, the one before the last two nodes with learned parameters. `nil`
  /// when there is no such place: then nothing but the whole network can be trained.
  package var lastBlock: NarrowPlace? {
    let learns = nodes.map { node -> Bool in
      let learned = (node.operation as? any DifferentiableOperation)?.learnedInputs ?? []
      return learned.contains { $0 < node.inputs.count && parameters[node.inputs[$0]] != nil }
    }
    let meets = nodes.map { node in node.inputs.count { parameters[$0] == nil } > 1 }
    let places = narrowPlaces
    if let place = places.last(where: { place in
      meets[place.position...].contains(true) && learns[place.position...].contains(true)
    }) {
      return place
    }
    return places.last { place in learns[place.position...].count { $0 } >= 2 }
  }

  /// The network in two parts at a place: up to the value that passes, and from it on. The upper part has the outputs.
  package func cut(at place: NarrowPlace) -> (lower: Graph, upper: Graph) {
    var (lower, upper) = (self, self)
    lower.nodes = Array(nodes.prefix(place.position))
    lower.outputs = [place.value]
    upper.nodes = Array(nodes.dropFirst(place.position))
    upper.inputs = [place.value]
    return (lower.pruned(), upper.pruned())
  }

  /// The same network with one output alone; an index that does not exist changes nothing.
  package func keepingOutput(_ index: Int) -> Graph {
    guard outputs.indices.contains(index) else { return self }
    var result = self
    result.outputs = [outputs[index]]
    return result.pruned()
  }

  /// The names of the parameters that it has.
  package var namesOfParameters: Set<String> { Set(parameters.keys.compactMap { parameterNames[$0] }) }
}
