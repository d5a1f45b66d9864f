internal import CKernels
internal import Tensors

extension ReLU: ChannelsLastTraining {
  package func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    guard case .channelsLast(let x) = inputs[0] else { return nil }
    let (isa, pool, memory) = (context.instructionSet.kernel, context.pool, context.memory)
    let y = x.affine(Epilogue(.relu), isa, pool, memory: memory)
    guard context.needsAny else { return Recorded([.channelsLast(y)]) }
    return Recorded([.channelsLast(y)]) { gradients throws(GraphError) in
      let dy = gradients[0].channelsLast(memory: memory).withoutGaps(pool, memory: memory)
      let channels = y.channels
      let dx = dy.withUnsafePixels { gradient in
        let task = UncheckedSendable((gradient, isa))
        return y.mapPixels(pool, memory: memory) { y, dx, first, last in
          let at = first * channels
          fk_relu_gradient(task.value.1, y + at, task.value.0 + at, dx + at, (last - first) * channels)
        }
      }
      return [.channelsLast(dx)]
    }
  }
}
