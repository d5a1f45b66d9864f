import Tensors

/// Decides in which format each value of a graph lies, and adds the conversions that this needs.
struct FormatAssignment {
  private(set) var graph: Graph
  private(set) var formats: [ValueID: ValueFormat] = [:]
  private let rules: [FormatRule?]
  private var parent: [ValueID: ValueID] = [:]
  /// The format of one or more values that share one; `nil` leaves them in float32.
  private let format: ([ValueID]) -> ValueFormat?

  /// Values that only convolutions and what moves their results write become what `format` says if a convolution reads them.
  ///
  /// `context` is that of the graph before conversions.
  init(_ context: LoweringContext, format: @escaping ([ValueID]) -> ValueFormat?) {
    self.format = format
    graph = context.graph
    rules = graph.nodes.map { ($0.operation as? any FormatFlexible)?.formatRule($0, context) }
    uniteTied()
    choose()
    addConversions()
  }

  // MARK: Values of one format

  private mutating func root(_ value: ValueID) -> ValueID {
    var current = value
    while let next = parent[current] { current = next }
    if current != value { parent[value] = current }
    return current
  }

  private mutating func unite(_ values: [ValueID]) {
    guard let first = values.first else { return }
    for value in values.dropFirst() {
      let (a, b) = (root(first), root(value))
      if a != b { parent[b] = a }
    }
  }

  private mutating func uniteTied() {
    for (node, rule) in zip(graph.nodes, rules) {
      // The outputs of one node share memory.
      unite(node.outputs)
      if rule?.isTied == true { unite(node.outputs + node.inputs.filter { graph.parameters[$0] == nil }) }
    }
  }

  private mutating func choose() {
    var unable = Set<ValueID>()
    var wanted = Set<ValueID>()
    for value in graph.inputs { unable.insert(root(value)) }
    for (node, rule) in zip(graph.nodes, rules) {
      if rule?.writes != true { for value in node.outputs { unable.insert(root(value)) } }
      if let gains = rule?.gains { wanted.insert(root(gains)) }
    }
    var members: [ValueID: [ValueID]] = [:]
    for value in graph.nodes.flatMap(\.outputs) {
      let root = root(value)
      if wanted.contains(root), !unable.contains(root) { members[root, default: []].append(value) }
    }
    for values in members.values {
      guard let format = format(values) else { continue }
      for value in values { formats[value] = format }
    }
  }

  // MARK: Conversions

  /// Multiplications for each number from which on a convolution is worth a conversion of its input.
  private static let worthConverting = 32

  private mutating func addConversions() {
    var converted: [ValueID: ValueID] = [:]
    var added: [ValueID: Node] = [:]
    func convert(_ value: ValueID, to target: ValueFormat) -> ValueID {
      if let known = converted[value] { return known }
      let result = graph.newValue()
      converted[value] = result
      formats[result] = target
      added[value] = Node(name: "conversion", operation: Recast(), inputs: [value], outputs: [result])
      return result
    }
    for (index, rule) in rules.enumerated() {
      for (place, value) in graph.nodes[index].inputs.enumerated() where graph.parameters[value] == nil {
        if formats[value] != nil, rule?.reads.contains(value) != true {
          graph.nodes[index].inputs[place] = convert(value, to: .float32)
        } else if formats[value] == nil, rule?.gains == value, place == 0, let work = rule?.work,
          work >= Self.worthConverting, let format = format([value])
        {
          graph.nodes[index].inputs[place] = convert(value, to: format)
        }
      }
    }
    graph.outputs = graph.outputs.map { formats[$0] == nil ? $0 : convert($0, to: .float32) }
    // Each conversion right behind what it converts; those of inputs first.
    var nodes = graph.inputs.compactMap { added[$0] }
    for node in graph.nodes { nodes += [node] + node.outputs.compactMap { added[$0] } }
    graph.nodes = nodes
  }
}

/// Hands its input on in another format, which the plan decides. Made by the plan only.
struct Recast: Operation {
  static let name = "Recast"

  func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    return inputs
  }

  func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] { inputs }

  func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    RecastStep(input: node.inputs[0], output: node.outputs[0])
  }
}
