internal import Protocol

/// Serves `models.rollback`: the model before this one.
struct ModelsRollbackHandler: MethodHandler {
  typealias Method = ModelsRollback
  static let isBackground = true
  let engine: Engine

  func handle(_ params: ModelsRollback.Params, _ context: RequestContext) throws -> ModelSwap {
    try engine.rollBack(params.role, context)
  }
}
