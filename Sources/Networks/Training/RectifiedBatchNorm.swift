internal import Tensors

/// Batch norm and the ReLU behind it in one pass over memory, for the tape alone.
///
/// Inputs and output: as ``BatchNorm``. Same results as one after the other.
struct RectifiedBatchNorm: ChannelsLastTraining {
  static let name = "RectifiedBatchNormalization"
  let norm: BatchNorm

  var learnedInputs: [Int] { norm.learnedInputs }

  func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] { try norm.outputShapes(inputs) }

  func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] { try ReLU().forward(norm.forward(inputs)) }

  func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    let behind = try ReLU().backward(inputs: outputs, outputs: outputs, gradients: gradients)
    return try norm.backward(inputs: inputs, outputs: outputs, gradients: behind.compactMap { $0 })
  }

  func record(_ inputs: [Tensor], _ context: TrainingContext) throws(GraphError) -> Recorded {
    var recorded = try norm.record(inputs, context)
    let outputs = try ReLU().forward(recorded.outputs.map { $0.plain(memory: context.memory) })
    let before = recorded.pullback
    recorded.outputs = outputs.map { .plain($0) }
    recorded.pullback = { gradients throws(GraphError) in
      let plain = gradients.map { $0.plain(memory: context.memory) }
      let behind = try ReLU().backward(inputs: outputs, outputs: outputs, gradients: plain)
      return try before(behind.compactMap { $0.map { .plain($0) } })
    }
    return recorded
  }

  func recordChannelsLast(_ inputs: [TapeValue], _ context: TrainingContext) throws(GraphError) -> Recorded? {
    try norm.recordChannelsLast(inputs, context, isRectified: true)
  }
}

extension Graph {
  /// The same network with every batch norm that only a ReLU reads joined with it.
  func joiningRectifiedNorms() -> Graph {
    var reads: [ValueID: Int] = [:]
    for value in nodes.flatMap(\.inputs) + outputs { reads[value, default: 0] += 1 }
    var norms: [ValueID: Int] = [:]
    var result = self
    result.nodes = []
    for node in nodes {
      if node.operation is ReLU, let place = norms[node.inputs[0]], reads[node.inputs[0]] == 1,
        let norm = result.nodes[place].operation as? BatchNorm
      {
        // The norm's other inputs are there already, and no one sees when it ran.
        result.nodes[place].operation = RectifiedBatchNorm(norm: norm)
        result.nodes[place].outputs = node.outputs
        continue
      }
      if node.operation is BatchNorm, let output = node.outputs.first { norms[output] = result.nodes.count }
      result.nodes.append(node)
    }
    return result
  }
}
