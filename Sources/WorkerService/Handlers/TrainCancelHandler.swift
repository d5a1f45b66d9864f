internal import Protocol

/// Serves `train.cancel`: what a `cancel` frame does, for trainings by the id of their job, also those that no request waits for.
struct TrainCancelHandler: MethodHandler {
  typealias Method = TrainCancel
  let engine: Engine

  func handle(_ params: TrainCancel.Params, _ context: RequestContext) throws -> TrainCancel.Result {
    let stopped = context.cancelOthers(Train.method, params.job) + engine.training.cancel(params.job)
    if let job = params.job, stopped.isEmpty {
      throw WireError(.sessionLost, "No training \"\(job)\" runs or waits.", retry: .never)
    }
    return TrainCancel.Result(jobs: stopped)
  }
}
