internal import Tensors

extension BatchNorm: ChannelsLastTraining {
  package func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    try recordChannelsLast(inputs, context, isRectified: false)
  }

  /// The same with a ReLU behind it.
  func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext, isRectified: Bool
  ) throws(GraphError) -> Recorded? {
    guard inputs.count == 5, case .channelsLast(let x) = inputs[0], x.shape.count > 0 else { return nil }
    let plain = inputs.map { if case .plain(let tensor) = $0 { tensor } else { Tensor(shape: [0], repeating: 0) } }
    let parameters = plain.dropFirst().map(\.values)
    let training = NormTraining(isRectified: isRectified, context)
    let usesBatch = context.usesBatchStatistics && x.pixels > 1
    let (mean, variance) =
      usesBatch
      ? training.statistics(x) : (parameters[2].map { Double($0) }, parameters[3].map { Double($0) })
    let channels = NormTraining.Channels(
      mean: mean, variance: variance, gamma: parameters[0], beta: parameters[1], epsilon: epsilon)
    var recorded = Recorded([.channelsLast(training.forward(x, channels))])
    if usesBatch {
      recorded.updates = runningStatistics(
        plain, mean: mean.map { Float($0) }, variance: variance.map { Float($0) }, count: x.pixels)
    }
    guard context.needsAny else { return recorded }
    let needsInput = context.needs(0)
    recorded.pullback = { gradients throws(GraphError) in
      let result = training.gradients(
        x, gradients[0].channelsLast(memory: training.memory), channels, usesBatch: usesBatch, wantsInput: needsInput)
      let shape: Shape = [channels.mean.count]
      return [
        result.input.map { .channelsLast($0) }, .plain(Tensor(shape: shape, values: result.gamma)),
        .plain(Tensor(shape: shape, values: result.beta)), nil, nil,
      ]
    }
    return recorded
  }
}
