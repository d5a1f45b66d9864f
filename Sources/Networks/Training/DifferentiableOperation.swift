package import Tensors

/// An operation that training can go through.
///
/// Most operations give a ``backward(inputs:outputs:gradients:)`` and nothing else. Those that behave otherwise in
/// training (batch norm, dropout), keep something from forward to backward, or can leave out a gradient that is not
/// wanted (convolutions), give ``record(_:_:)`` too.
package protocol DifferentiableOperation: Operation {
  /// The gradient of the loss by each input, `nil` where none flows, from the gradient by each output, all plain.
  ///
  /// Shape: as the inputs. `outputs` are what ``Operation/forward(_:)`` returned for `inputs`.
  func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?]

  /// Runs forward as part of training, all plain, and says how to go back.
  ///
  /// The default is ``Operation/forward(_:)`` and ``backward(inputs:outputs:gradients:)``.
  func record(_ inputs: [Tensor], _ context: TrainingContext) throws(GraphError) -> Recorded

  /// The inputs that training changes, where they are parameters of the graph: weights, biases, slopes.
  ///
  /// The default is none: constants of an imported graph stay as they are.
  var learnedInputs: [Int] { get }
}

extension DifferentiableOperation {
  package var learnedInputs: [Int] { [] }

  package func record(_ inputs: [Tensor], _ context: TrainingContext) throws(GraphError) -> Recorded {
    let outputs = try forward(inputs)
    guard context.needsAny else { return Recorded(outputs.map { .plain($0) }) }
    return Recorded(outputs.map { .plain($0) }) { gradients throws(GraphError) in
      let plain = gradients.map { $0.plain(memory: context.memory) }
      return try self.backward(inputs: inputs, outputs: outputs, gradients: plain).map { $0.map { .plain($0) } }
    }
  }
}

/// An operation that can train on values that lie channels-last.
///
/// The tape prefers this form and converts only between operations that have it and those that do not.
package protocol ChannelsLastTraining: DifferentiableOperation {
  /// The same as ``DifferentiableOperation/record(_:_:)``, `nil` where these inputs are better run plain.
  ///
  /// Inputs of four dimensions that are not parameters come channels-last (as views with a pixel stride, perhaps), all
  /// others plain. Outputs of four dimensions are to be channels-last; gradients by them come channels-last, and those
  /// by channels-last inputs are to be returned so; those by parameters are plain in the parameter's shape.
  func recordChannelsLast(_ inputs: [TapeValue], _ context: TrainingContext) throws(GraphError) -> Recorded?
}

/// What running an operation forward left: its outputs and the way back.
package struct Recorded {
  /// From the gradient by each output to the gradient by each input: `nil` where none flows or none was wanted
  /// (``TrainingContext/needs``). Called at most once. It holds whatever it needs of the forward pass and nothing else,
  /// so that memory is free again as soon as no one reads it.
  package typealias Pullback = (_ gradients: [TapeValue]) throws(GraphError) -> [TapeValue?]

  package var outputs: [TapeValue]
  /// New values for inputs that are parameters but not learned by gradients: running statistics, by input index.
  package var updates: [Int: Tensor]
  package var pullback: Pullback

  package init(
    _ outputs: [TapeValue], updates: [Int: Tensor] = [:],
    pullback: @escaping Pullback = { _ throws(GraphError) in [] }
  ) {
    self.outputs = outputs
    self.updates = updates
    self.pullback = pullback
  }
}
