internal import FaceModels
internal import GalleryStore
internal import Networks
internal import Protocol
internal import Synchronization

extension Engine {
  /// Uses another installed model from now on.
  ///
  /// It is loaded and tried while requests go on with the old one; then one reference is replaced.
  func activate(_ id: String, _ context: RequestContext) throws -> ModelSwap {
    try replayIfKnown(context)
    let entry = try store.find(id)
    try store.policy.check(entry.manifest)
    let loaded = try load(entry, context)
    return try swap(loaded, context) { line, current in line.activate(id, replacing: current) }
  }

  /// Uses the model again that was in use before the last activation of its role.
  func rollBack(_ role: ModelRole, _ context: RequestContext) throws -> ModelSwap {
    try replayIfKnown(context)
    if role == .classifier { return try rollBackHead(context) }
    func current() -> String { role == .detector ? activeModels.detector.id : activeModels.recognizer.id }
    let history = activations.withLock { $0[role].previous }
    guard let id = history.last(where: { $0 != current() }) else {
      throw WireError(.modelNotFound, "There is no \(role.rawValue) to go back to: none was in use before this one.")
    }
    let entry = try store.find(id)
    try store.policy.check(entry.manifest)
    let loaded = try load(entry, context)
    return try swap(loaded, context) { line, _ in
      line.active = id
      while let last = line.previous.popLast(), last != id {}
    }
  }

  private func load(_ entry: ModelLibrary.Entry, _ context: RequestContext) throws -> ModelStore.Loaded {
    guard entry.manifest.role != .liveness else {
      throw WireError(
        .badParams, "The model \(entry.manifest.id) has the role liveness, which cannot be activated yet.",
        details: ["field": "params.id"])
    }
    try context.checkpoint()
    let loaded = try LowPriority.run("fw-load") { [store] in try store.loadAndTry(entry, pool: .serial) }
    try context.checkpoint()
    return loaded
  }

  /// Replaces one of the models in use. What is remembered and the gallery's generation are on the disk before the new
  /// model serves its first request; when one of them fails, the old model stays.
  private func swap(
    _ loaded: ModelStore.Loaded, _ context: RequestContext,
    _ change: (inout ActivationRecord.Line, _ current: String) -> Void
  ) throws -> ModelSwap {
    try activations.withLock { record in
      let before = activeModels
      let after: ActiveModels
      let role: ModelRole
      let (previous, active): (String, String)
      switch loaded {
      case .detector(let model):
        (after, role) = (before.replacing(detector: model), .detector)
        (previous, active) = (before.detector.id, model.manifest.id)
      case .recognizer(let model), .liveness(let model):
        (after, role) = (before.replacing(recognizer: model), .recognizer)
        (previous, active) = (before.recognizer.id, model.manifest.id)
      }
      var changed = record
      change(&changed[role], previous)
      if let activationFile { try changed.write(activationFile) }
      do {
        // An empty write: its only effect is that the generation rises, in every worker that shares the gallery.
        let result = try write(context) { _ in
          ModelSwap(role: role, previous: previous, active: active, models: after.infos)
        }.result
        self.active.withLock { $0 = after }
        record = changed
        return result
      } catch {
        if let activationFile { try? record.write(activationFile) }
        throw error
      }
    }
  }
}
