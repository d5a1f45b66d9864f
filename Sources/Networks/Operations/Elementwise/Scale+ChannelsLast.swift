internal import CKernels
internal import Tensors

extension Scale: ChannelsLastTraining {
  package func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    guard case .channelsLast(let x) = inputs[0] else { return nil }
    let (isa, pool, memory, factor) = (context.instructionSet.kernel, context.pool, context.memory, factor)
    @Sendable func scaled(_ x: ChannelsLast) -> TapeValue {
      let x = x.withoutGaps(pool, memory: memory)
      let channels = x.channels
      return .channelsLast(
        x.mapPixels(pool, memory: memory) { x, y, first, last in
          fk_scale(isa, x + first * channels, factor, y + first * channels, (last - first) * channels)
        })
    }
    return Recorded([scaled(x)]) { gradients throws(GraphError) in
      [scaled(gradients[0].channelsLast(memory: memory))]
    }
  }
}
