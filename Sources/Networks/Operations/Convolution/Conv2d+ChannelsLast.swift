internal import Tensors

extension Conv2d: ChannelsLastTraining {
  package func recordChannelsLast(
    _ inputs: [TapeValue], _ context: TrainingContext
  ) throws(GraphError) -> Recorded? {
    let shapes = inputs.map(\.shape)
    guard case .channelsLast(let x) = inputs[0], case .plain(let weight) = inputs[1],
      let training = ConvolutionTraining(self, weight: weight.shape, context),
      training.hasInputGradient || !context.needs(0)
    else { return nil }
    let bias = inputs.count == 3 ? inputs[2].plain(memory: context.memory) : nil
    let y = training.forward(x, weight, bias, to: try outputShapes(shapes)[0])
    guard context.needsAny else { return Recorded([.channelsLast(y)]) }
    // The weights are read again only for the gradient by x, and x only for the gradient by the weights.
    let needs = (0..<inputs.count).map { context.needs($0) }
    let kept = (x: needs[1] ? x : nil, weight: needs[0] ? weight : nil)
    return Recorded([.channelsLast(y)]) { gradients throws(GraphError) in
      let dy = gradients[0].channelsLast(memory: training.memory)
      var result = [TapeValue?](repeating: nil, count: needs.count)
      if let weight = kept.weight {
        result[0] = .channelsLast(training.inputGradient(dy, weight, to: shapes[0]))
      }
      if let x = kept.x { result[1] = .plain(training.weightGradient(x, dy)) }
      if needs.count == 3, needs[2] { result[2] = .plain(training.biasGradient(dy)) }
      return result
    }
  }
}
