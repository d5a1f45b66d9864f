/// Which nodes a network's outputs need, and in which order they can be imported.
enum NodeOrder {
  /// Each node after what it reads, in the file's order where that is free.
  ///
  /// `around` are the names known outside, for a graph inside a node.
  ///
  /// - Throws: `invalid` when values are produced twice or by nothing, or nodes wait for each other.
  static func needed(_ model: OnnxGraph, around: Set<String> = []) throws(OnnxError) -> [OnnxNode] {
    var producer: [String: Int] = [:]
    let own = Set(model.inputs.map(\.name)).union(model.initializers.keys)
    guard own.count == model.inputs.count + model.initializers.count else {
      throw OnnxError(.invalid, "Two inputs of the ONNX file have one name.")
    }
    let given = own.union(around)
    for (index, node) in model.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard !given.contains(output), producer.updateValue(index, forKey: output) == nil else {
          throw OnnxError(.invalid, "The value \"\(OnnxNode.shown(output))\" is produced twice (node \(node.name)).")
        }
      }
    }
    /// Marks of the search: nodes being visited are on the stack.
    enum Mark { case waiting, done }
    let reads = model.nodes.map(\.reads)
    var marks = [Mark?](repeating: nil, count: model.nodes.count)
    var order: [Int] = []
    for output in model.outputs {
      guard let root = producer[output.name] else { continue }
      // Depth first, without recursion: a chain of nodes may be long.
      var stack = [(node: root, next: 0)]
      if marks[root] == nil { marks[root] = .waiting } else { continue }
      while let (index, next) = stack.last {
        guard next < reads[index].count else {
          marks[index] = .done
          order.append(index)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        let input = reads[index][next]
        if input.isEmpty || given.contains(input) { continue }
        guard let source = producer[input] else {
          throw OnnxError(
            .invalid, "Node \(model.nodes[index].name) reads \"\(OnnxNode.shown(input))\", which nothing produces.")
        }
        switch marks[source] {
        case .done?: break
        case .waiting?:
          throw OnnxError(
            .invalid,
            "The nodes \(model.nodes[source].name) and \(model.nodes[index].name) wait for each other: a cycle.")
        case nil:
          marks[source] = .waiting
          stack.append((source, 0))
        }
      }
    }
    let inFile = order.sorted()
    return (isSound(inFile, model, producer) ? inFile : order).map { model.nodes[$0] }
  }

  /// Whether every node comes after those it reads from.
  private static func isSound(_ order: [Int], _ model: OnnxGraph, _ producer: [String: Int]) -> Bool {
    var done: Set<Int> = []
    return order.allSatisfy { index in
      defer { done.insert(index) }
      return model.nodes[index].reads.allSatisfy { name in producer[name].map { done.contains($0) } ?? true }
    }
  }
}
