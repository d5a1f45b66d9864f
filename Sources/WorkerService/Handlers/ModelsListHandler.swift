internal import FaceModels
internal import GalleryStore
internal import Protocol

/// Serves `models.list`: the installed models, in use or not.
struct ModelsListHandler: MethodHandler {
  typealias Method = ModelsList
  let engine: Engine

  func handle(_ params: NoParams, _ context: RequestContext) throws -> ModelsList.Result {
    let installed = engine.store.library.entries
    var models = engine.store.list(active: engine.modelsInUse().ids)
    for index in models.indices where models[index].role == .recognizer {
      guard let entry = installed[models[index].id] else { continue }
      models[index].calibration = try engine.calibrationStatus(of: ModelIdentity(entry.manifest))
    }
    return ModelsList.Result(models: models)
  }
}
