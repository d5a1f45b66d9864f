internal import CKernels
internal import Tensors

extension PReLU: ChannelsLastTraining {
  package func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    guard case .channelsLast(let x) = inputs[0], case .plain(let slope) = inputs[1], inputs[0].shape.count > 0 else {
      return nil
    }
    let (isa, pool, memory) = (context.instructionSet.kernel, context.pool, context.memory)
    let slopes = slope.values
    let y = x.affine(
      Epilogue(.prelu, slope: slopes, channels: slopes.count), isa, pool, memory: memory)
    guard context.needsAny else { return Recorded([.channelsLast(y)]) }
    return Recorded([.channelsLast(y)]) { gradients throws(GraphError) in
      let dy = gradients[0].channelsLast(memory: memory)
      let (channels, xStride, stride) = (x.channels, x.pixelStride, dy.pixelStride)
      var sums: [Double] = []
      let dx = ChannelsLast(x.shape, memory: memory) { dx in
        x.withUnsafePixels { x in
          dy.withUnsafePixels { gradient in
            guard let dx = dx.baseAddress else { return }
            let task = UncheckedSendable((x, gradient, dx, isa))
            sums =
              ChannelsLast.sums(channels: channels, pixels: dy.pixels, pool) { first, last, sums, _ in
                let (x, gradient, dx, isa) = task.value
                fk_prelu_gradient(
                  isa, x + first * xStride, xStride, gradient + first * stride, stride, slopes,
                  dx + first * channels, last - first, Int32(channels), sums)
              }.a
          }
        }
      }
      return [.channelsLast(dx), .plain(Tensor(shape: [channels], values: sums.map { Float($0) }))]
    }
  }
}
