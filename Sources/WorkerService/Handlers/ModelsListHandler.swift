internal import Protocol

/// Serves `models.list`: the installed models, in use or not.
struct ModelsListHandler: MethodHandler {
  typealias Method = ModelsList
  let engine: Engine

  func handle(_ params: NoParams, _ context: RequestContext) throws -> ModelsList.Result {
    ModelsList.Result(models: engine.store.list(active: engine.activeModels.ids))
  }
}
