internal import Tensors

/// Which parameters of a graph training changes and where gradients have to flow for that.
struct TrainingRoles {
  /// Where each parameter lies in the store.
  private(set) var places: [ValueID: Int] = [:]
  /// For each node and input, whether the gradient by it is wanted.
  private(set) var needs: [[Bool]] = []
  /// For each node, whether all its learned parameters are frozen.
  private(set) var isFrozen: [Bool] = []
  /// For each node, the values that no later node and no output reads.
  private(set) var lastReads: [[ValueID]] = []
  private var order: [(value: ValueID, name: String)] = []
  private var trainable: Set<ValueID> = []

  init(_ graph: Graph, frozen: [String]) throws(GraphError) {
    placeParameters(graph)
    let names = Dictionary(order.map { ($0.value, $0.name) }) { first, _ in first }
    func isFrozen(_ value: ValueID) -> Bool {
      names[value].map { name in frozen.contains { name.hasPrefix($0) } } ?? true
    }
    for node in graph.nodes {
      let learned = (node.operation as? any DifferentiableOperation)?.learnedInputs ?? []
      let parameters = learned.filter { $0 < node.inputs.count }.map { node.inputs[$0] }.filter { names[$0] != nil }
      trainable.formUnion(parameters.filter { !isFrozen($0) })
      self.isFrozen.append(!parameters.isEmpty && parameters.allSatisfy(isFrozen))
    }
    var wanted = trainable
    for node in graph.nodes {
      let flags = node.inputs.map { wanted.contains($0) }
      needs.append(flags)
      guard flags.contains(true) else { continue }
      guard node.operation is any DifferentiableOperation else {
        throw GraphError(
          .unsupported, "Training cannot go through [\(type(of: node.operation).name)] at node \(node.name).")
      }
      wanted.formUnion(node.outputs)
    }
    findLastReads(graph)
  }

  private mutating func placeParameters(_ graph: Graph) {
    var taken: Set<String> = []
    for value in graph.nodes.flatMap(\.inputs) + graph.outputs {
      guard graph.parameters[value] != nil, places[value] == nil else { continue }
      let stated = graph.parameterNames[value] ?? ""
      // Two parameters of one name are told apart by order, which is the same whenever the graph is built again.
      var name = stated
      var copies = 1
      while !taken.insert(name).inserted {
        copies += 1
        name = "\(stated)#\(copies)"
      }
      places[value] = order.count
      order.append((value, name))
    }
  }

  private mutating func findLastReads(_ graph: Graph) {
    var seen = Set(graph.outputs)
    lastReads = graph.nodes.map { _ in [] }
    for (index, node) in graph.nodes.enumerated().reversed() {
      // What no one reads at all goes right after it was made.
      for value in node.inputs + node.outputs where places[value] == nil && seen.insert(value).inserted {
        lastReads[index].append(value)
      }
    }
  }

  /// The parameters of `graph` by name.
  func store(_ graph: Graph) -> ParameterStore {
    var store = ParameterStore()
    for (value, name) in order {
      if let tensor = graph.parameters[value] {
        store.insert(tensor, as: name, isTrainable: trainable.contains(value))
      }
    }
    return store
  }
}
