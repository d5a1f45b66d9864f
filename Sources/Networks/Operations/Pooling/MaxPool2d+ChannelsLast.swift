internal import Tensors

extension MaxPool2d: ChannelsLastTraining {
  package func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    guard window.dilation == Extent(1), case .channelsLast(let x) = inputs[0] else { return nil }
    let shape = try outputShapes([x.shape])[0]
    return PoolTraining(.max, window, context).record(x, to: shape, needsInput: context.needs(0))
  }
}
