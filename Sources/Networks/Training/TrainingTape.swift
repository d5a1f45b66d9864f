package import Tensors

/// A network in training: runs forward keeping what backward needs, then gives the gradient of every trainable parameter.
///
/// One step is ``forward(_:seed:training:)``, a loss by the caller, ``backward(_:)``, and an optimizer on
/// ``parameters``. Not for use from two threads at a time. Values stay in the form in which operations made them, see
/// ``ChannelsLastTraining``; memory is reused from step to step.
package final class TrainingTape {
  /// How a network trains.
  package struct Options: Sendable {
    /// Parameters whose names begin so are left as they are, and so are their batch norms' running statistics.
    package var frozen: [String]
    /// Whether batch norm uses the statistics of the batch; else the running ones, which then stay as they are.
    package var usesBatchStatistics: Bool
    /// Whether dropout drops, above the lowest trainable parameter.
    package var dropsOut: Bool
    /// Whether operations may run channels-last, which is faster and the same but for rounding.
    package var allowsChannelsLast: Bool

    package init(
      frozen: [String] = [], usesBatchStatistics: Bool = true, dropsOut: Bool = true, allowsChannelsLast: Bool = true
    ) {
      self.frozen = frozen
      self.usesBatchStatistics = usesBatchStatistics
      self.dropsOut = dropsOut
      self.allowsChannelsLast = allowsChannelsLast
    }
  }

  package let options: Options
  /// Every parameter with its present value. Change it between steps only.
  package var parameters: ParameterStore
  package let memory: TensorMemory
  package let pool: WorkPool

  /// The network without its parameters, which are in ``parameters``.
  private var whole: Graph
  /// The same as it is run.
  private var graph: Graph
  private let roles: TrainingRoles
  private let states: [NodeState]
  private var entries: [Entry] = []

  /// One node's way back.
  private struct Entry {
    var node: Int
    var outputs: [(shape: Shape, isChannelsLast: Bool)]
    var pullback: Recorded.Pullback
  }

  /// Prepares `graph`. Throws `unsupported` when gradients would have to go through an operation that has none.
  package init(
    _ graph: Graph, options: Options = Options(), pool: WorkPool = .serial, memory: TensorMemory = TensorMemory()
  ) throws(GraphError) {
    self.options = options
    self.pool = pool
    self.memory = memory
    let pruned = graph.pruned()
    let joined = pruned.joiningRectifiedNorms()
    roles = try TrainingRoles(joined, frozen: options.frozen)
    parameters = roles.store(joined)
    states = joined.nodes.map { _ in NodeState() }
    (self.whole, self.graph) = (pruned, joined)
    self.whole.parameters = [:]
    self.graph.parameters = [:]
  }

  /// The network with the present parameters.
  package func network() -> Graph {
    var result = whole
    for (value, index) in roles.places { result.parameters[value] = parameters[index] }
    return result
  }

  /// Runs forward and returns the graph's outputs, plain.
  ///
  /// `seed` decides random choices (dropout): give another one each step. With `training` false the network runs as at
  /// inference and nothing is kept. Throws `badShape` when the network cannot take the inputs.
  package func forward(
    _ inputs: [TapeValue], seed: UInt64 = 0, training: Bool = true
  ) throws(GraphError) -> [Tensor] {
    entries = []
    _ = try graph.shapes(inputs: inputs.map(\.shape), parameters: roles.places.mapValues { parameters[$0].shape })
    var values: [ValueID: TapeValue] = [:]
    for (value, input) in zip(graph.inputs, inputs) { values[value] = input }
    for (index, node) in graph.nodes.enumerated() {
      let recorded = try record(index, node, values, seed: seed, training: training)
      guard recorded.outputs.count == node.outputs.count else {
        throw GraphError(
          .badGraph, "Node \(node.name) has \(node.outputs.count) outputs, not \(recorded.outputs.count).")
      }
      for (value, output) in zip(node.outputs, recorded.outputs) { values[value] = output }
      for value in roles.lastReads[index] { values[value] = nil }
      guard training else { continue }
      for (input, tensor) in recorded.updates {
        guard let place = roles.places[node.inputs[input]] else { continue }
        try parameters.set(tensor, for: parameters.names[place])
      }
      guard roles.needs[index].contains(true) else { continue }
      entries.append(Entry(node: index, outputs: recorded.outputs.map(Self.form), pullback: recorded.pullback))
    }
    var outputs: [Tensor] = []
    for value in graph.outputs {
      guard let output = values[value]?.plain(memory: memory) ?? roles.places[value].map({ parameters[$0] }) else {
        throw GraphError(.badGraph, "An output of the graph is never produced.")
      }
      outputs.append(output)
    }
    return outputs
  }

  /// The same for plain inputs.
  package func forward(
    _ inputs: [Tensor], seed: UInt64 = 0, training: Bool = true
  ) throws(GraphError) -> [Tensor] {
    try forward(inputs.map { .plain($0) }, seed: seed, training: training)
  }

  /// The gradient by every trainable parameter (by index in ``parameters``) from the gradient by each output of the
  /// last ``forward(_:seed:training:)``; `nil` where none flows from an output. To be called once for each forward.
  package func backward(_ outputGradients: [Tensor?]) throws(GraphError) -> Gradients {
    var flowing: [ValueID: TapeValue] = [:]
    var result = Gradients(count: parameters.count)
    for (value, gradient) in zip(graph.outputs, outputGradients) {
      guard let gradient else { continue }
      pass(.plain(gradient), to: value, &flowing, &result)
    }
    while let entry = entries.popLast() {
      let node = graph.nodes[entry.node]
      var gradients: [TapeValue] = []
      var flows = false
      for (value, output) in zip(node.outputs, entry.outputs) {
        if let gradient = flowing.removeValue(forKey: value) {
          flows = true
          gradients.append(
            output.isChannelsLast
              ? .channelsLast(gradient.channelsLast(memory: memory))
              : .plain(gradient.plain(memory: memory)))
        } else {
          gradients.append(Self.zero(output.shape, isChannelsLast: output.isChannelsLast))
        }
      }
      guard flows else { continue }
      let back = try entry.pullback(gradients)
      gradients = []
      for (index, gradient) in back.enumerated() where index < node.inputs.count {
        guard let gradient, roles.needs[entry.node][index] else { continue }
        pass(gradient, to: node.inputs[index], &flowing, &result)
      }
    }
    return result
  }

  private func pass(
    _ gradient: TapeValue, to value: ValueID, _ flowing: inout [ValueID: TapeValue], _ result: inout Gradients
  ) {
    if let place = roles.places[value] {
      if parameters.isTrainable[place] { result.add(gradient.plain(memory: memory), at: place) }
    } else if let other = flowing.removeValue(forKey: value) {
      flowing[value] = other.adding(gradient, pool, memory: memory)
    } else {
      flowing[value] = gradient
    }
  }

  private func record(
    _ index: Int, _ node: Node, _ values: [ValueID: TapeValue], seed: UInt64, training: Bool
  ) throws(GraphError) -> Recorded {
    var inputs: [TapeValue] = []
    for value in node.inputs {
      guard let input = values[value] ?? roles.places[value].map({ .plain(parameters[$0]) }) else {
        throw GraphError(.badGraph, "Node \(node.name) reads a value that nothing before it produces.")
      }
      inputs.append(input)
    }
    let needs = training ? roles.needs[index] : roles.needs[index].map { _ in false }
    let isActive = needs.contains(true)
    var random = SplitMix(seed: seed, stream: UInt64(index))
    let context = TrainingContext(
      needs: needs, pool: pool, memory: memory,
      usesBatchStatistics: isActive && options.usesBatchStatistics && !roles.isFrozen[index],
      dropsOut: isActive && options.dropsOut,
      seed: random.next(), state: states[index])
    guard let operation = node.operation as? any DifferentiableOperation else {
      let plain = inputs.map { $0.plain(memory: memory) }
      return Recorded(try node.operation.forward(plain).map { .plain($0) })
    }
    if options.allowsChannelsLast, let recorded = try recordChannelsLast(operation, node, inputs, context) {
      return recorded
    }
    return try operation.record(inputs.map { $0.plain(memory: memory) }, context)
  }

  private func recordChannelsLast(
    _ operation: any DifferentiableOperation, _ node: Node, _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    if let operation = operation as? any ChannelsLastTraining {
      let ready = zip(node.inputs, inputs).map { value, input -> TapeValue in
        guard input.shape.rank == 4, roles.places[value] == nil else { return input }
        return .channelsLast(input.channelsLast(memory: memory))
      }
      return try operation.recordChannelsLast(ready, context)
    }
    guard let elementwise = operation as? any DifferentiableOperation & ElementwiseOperation else { return nil }
    return try elementwise.recordInMemoryOrder(inputs, context)
  }

  private static func form(_ value: TapeValue) -> (shape: Shape, isChannelsLast: Bool) {
    if case .channelsLast = value { (value.shape, true) } else { (value.shape, false) }
  }

  private static func zero(_ shape: Shape, isChannelsLast: Bool) -> TapeValue {
    guard isChannelsLast else { return .plain(Tensor(shape: shape, repeating: 0)) }
    return .channelsLast(ChannelsLast(shape) { $0.initialize(repeating: 0) })
  }
}

extension ElementwiseOperation where Self: DifferentiableOperation {
  /// Runs over a channels-last value as it lies, since no value depends on where it lies; `nil` for other values.
  func recordInMemoryOrder(_ inputs: [TapeValue], _ context: TrainingContext) throws(GraphError) -> Recorded? {
    guard inputs.count == 1, case .channelsLast(let x) = inputs[0], x.isDense else { return nil }
    let recorded = try record([x.storage], context)
    let outputs = recorded.outputs.map { TapeValue.channelsLast(ChannelsLast(dense: $0.plain(memory: nil))) }
    return Recorded(outputs) { gradients throws(GraphError) in
      let lying = gradients.map { TapeValue.plain($0.channelsLast(memory: nil).dense(memory: context.memory)) }
      return try recorded.pullback(lying).map { $0.map { .channelsLast(ChannelsLast(dense: $0.plain(memory: nil))) } }
    }
  }
}
