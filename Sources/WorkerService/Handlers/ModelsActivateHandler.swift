internal import Protocol

/// Serves `models.activate`: another model from now on.
struct ModelsActivateHandler: MethodHandler {
  typealias Method = ModelsActivate
  static let isBackground = true
  let engine: Engine

  func handle(_ params: ModelsActivate.Params, _ context: RequestContext) throws -> ModelSwap {
    try engine.activate(params.id, context)
  }
}
