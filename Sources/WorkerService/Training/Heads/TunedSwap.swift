internal import Decisions
internal import FaceModels
internal import GalleryStore
internal import Networks
internal import Protocol
import Synchronization
internal import Training
internal import WeightFiles

/// Puts a changed network to use: the network as a model, everybody's templates under it and its head in one transaction, then
/// recognizer and head in one reference. Until the transaction is committed nothing that is in use has changed; were the process
/// to end right after it, the worker would come back with the old recognizer, whose templates and head are still there.
struct TunedSwap {
  let swap: HeadSwap
  let models: ActiveModels

  private var engine: Engine { swap.engine }
  /// How often newcomers may hold up the swap before it is given up.
  private static let attempts = 20

  /// Faces enrolled since the training began, found inside the transaction: it is undone, and they are embedded first.
  private struct Newcomers: Error {
    let templates: [RebuildableTemplate]
  }

  /// - Returns: `nil` when somebody it knows was removed, so that it has to be trained again.
  func swap(
    _ changed: NamedTensors, _ outcome: TrainedOutcome, _ result: Train.Result, checkpoint: () throws -> Void
  ) throws -> Train.Result? {
    let base = try engine.store.find(models.recognizer.id, role: .recognizer)
    let entry = try TunedModel(folder: engine.tunedFolder).write(
      base, changed: changed, center: outcome.center, subjects: outcome.head.slots)
    var isUsed = false
    defer { if !isUsed { PrivateFolder.erase(entry.folder) } }
    let loaded = try LowPriority.run("fw-load") { [store = engine.store] in
      try store.loadAndTry(entry, pool: .serial)
    }
    guard case .recognizer(let model) = loaded else {
      throw WireError(.internal, "The changed network is no recognizer.")
    }
    let identity = ModelIdentity(model.manifest)
    let head = try outcome.head.with(modelDigest: identity.sha256)
    var templates = outcome.embeddings.sorted { $0.key < $1.key }.map {
      RebuiltTemplate(origin: $0.key, embedding: $0.value, geometry: nil)
    }
    var seen: Set<Int64> = []
    let recognizer = JobRecognizer(embedder: model.network, identity: identity)
    for _ in 0..<Self.attempts {
      do {
        let answer = try commit(templates, seen, head, model, outcome, result)
        isUsed = answer?.state == .swapped
        return answer
      } catch let newcomers as Newcomers {
        let manifests = engine.recognizerManifests()
        for template in newcomers.templates {
          seen.insert(template.id)
          if let rebuilt = try engine.rebuilt(template, recognizer, manifests, checkpoint: checkpoint) {
            templates.append(rebuilt)
          }
        }
      }
    }
    var kept = result
    kept.reasons.append(
      TrainReason(
        code: "modelChanged", message: "Faces were enrolled faster than the changed network could embed them."))
    return try swap.keep(kept)
  }

  private func commit(
    _ templates: [RebuiltTemplate], _ seen: Set<Int64>, _ head: SoftmaxHead, _ model: LoadedModel<any FaceEmbedder>,
    _ outcome: TrainedOutcome, _ result: Train.Result
  ) throws -> Train.Result? {
    let identity = ModelIdentity(model.manifest)
    return try engine.activations.withLock { record in
      let before = engine.activeModels
      guard before.identity == models.identity else {
        var kept = result
        kept.reasons.append(
          TrainReason(
            code: "modelChanged",
            message: "The recognizer \(before.recognizer.id) was activated meanwhile; what was made for "
              + "\(models.recognizer.id) is dropped."))
        return try swap.keep(kept)
      }
      var changed = record
      changed[.recognizer].activate(model.manifest.id, replacing: before.recognizer.id)
      var result = result
      result.model = model.manifest.id
      let answer = try swap.activate(head, outcome, result) { transaction in
        _ = try transaction.addRebuilt(templates, model: identity)
        let missing = try transaction.rebuildable(for: identity).filter { !seen.contains($0.id) }
        guard missing.isEmpty else { throw Newcomers(templates: missing) }
      }
      guard let answer else { return nil }
      if let file = engine.activationFile { try changed.write(file) }
      record = changed
      engine.active.withLock { $0 = before.replacing(recognizer: model).replacing(head: head) }
      return answer
    }
  }
}
