internal import Tensors

extension Concat: ChannelsLastTraining {
  package func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    let (pool, memory) = (context.pool, context.memory)
    guard axis == 1, inputs.allSatisfy({ $0.shape.rank == 4 }) else { return nil }
    let blocks = inputs.map { $0.channelsLast(memory: memory) }
    let shape = try outputShapes(inputs.map(\.shape))[0]
    let joined = ChannelsLast(shape, memory: memory) { y in
      guard var to = y.baseAddress else { return }
      for block in blocks {
        block.copy(to: to, stride: shape[1], pool)
        to += block.channels
      }
    }
    let channels = blocks.map(\.channels)
    return Recorded([.channelsLast(joined)]) { gradients throws(GraphError) in
      let dy = gradients[0].channelsLast(memory: memory)
      var start = 0
      return channels.map { count in
        defer { start += count }
        return .channelsLast(dy.slice(start..<start + count))
      }
    }
  }
}
