internal import CKernels
internal import Tensors

extension Add: ChannelsLastTraining {
  package func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    guard case .channelsLast(let a) = inputs[0], case .channelsLast(let b) = inputs[1], a.shape == b.shape else {
      return nil
    }
    let sum = a.sum(b, context.pool, memory: context.memory)
    return Recorded([.channelsLast(sum)]) { gradients throws(GraphError) in [gradients[0], gradients[0]] }
  }
}
