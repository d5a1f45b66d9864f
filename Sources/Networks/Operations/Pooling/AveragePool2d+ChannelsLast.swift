internal import Tensors

extension AveragePool2d: ChannelsLastTraining {
  package func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    // With `ceiling`, padding beyond the image does not count; the kernel has one divisor for all windows.
    guard window.dilation == Extent(1), !(countsPadding && window.ceiling), case .channelsLast(let x) = inputs[0] else {
      return nil
    }
    let shape = try outputShapes([x.shape])[0]
    return PoolTraining(.average(countsPadding: countsPadding), window, context)
      .record(x, to: shape, needsInput: context.needs(0))
  }
}
