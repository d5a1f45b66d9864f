internal import Networks
internal import Protocol

/// Serves `train`: waits for its turn, has a child train, swaps.
struct TrainHandler: MethodHandler {
  typealias Method = Train
  static let isJob = true
  static let isTraining = true
  let engine: Engine

  func handle(_ params: Train.Params, _ context: RequestContext) throws -> Train.Result {
    try engine.replayIfKnown(context)
    let order = try TrainingOrder(params, workerThreads: engine.pool.lanes)
    var gauge = TrainingGauge()
    return try TrainingJob(
      engine, id: "\(context.id)", order: order, swapper: HeadSwap(engine: engine, context: context),
      checkpoint: { try context.checkpoint() },
      emit: { event in
        context.setProgress(gauge.progress(event))
        try context.emit(event)
      }
    ).run()
  }
}
