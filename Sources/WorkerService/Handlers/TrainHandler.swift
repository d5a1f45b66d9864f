internal import Protocol

/// Serves `train`.
struct TrainHandler: MethodHandler {
  typealias Method = Train
  static let isJob = true
  static let isTraining = true
  let engine: Engine

  func handle(_ params: Train.Params, _ context: RequestContext) throws -> Train.Result {
    throw WireError(.internal, "Training is being built.", retry: .never)
  }
}

extension Engine {
  func rollBackHead(_ context: RequestContext) throws -> ModelSwap {
    throw WireError(.modelNotFound, "There is no classifier to go back from.")
  }
}

extension Engine {
  /// Starts a training that nobody waits for, as `stream.learn` does, and returns the id of its job. One that has not begun yet is
  /// shared, since it will see what the gallery holds when it begins. Its events go out under id 0.
  ///
  /// - Throws: ``WireError`` when it cannot be started.
  func startTraining(_ params: Train.Params = Train.Params()) throws -> String {
    throw WireError(.internal, "Training is being built.", retry: .never)
  }
}
