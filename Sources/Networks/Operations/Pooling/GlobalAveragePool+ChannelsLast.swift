internal import Tensors

extension GlobalAveragePool: ChannelsLastTraining {
  package func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    guard case .channelsLast(let x) = inputs[0], x.height > 0, x.width > 0 else { return nil }
    let size = Extent(height: x.height, width: x.width)
    return PoolTraining(.average(countsPadding: false), Window(kernel: size, stride: size), context)
      .record(x, to: [x.images, x.channels, 1, 1], needsInput: context.needs(0))
  }
}
