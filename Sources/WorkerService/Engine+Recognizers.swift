internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Networks
internal import Protocol

/// A recognizer that a job works with, active or not.
struct JobRecognizer: Sendable {
  let embedder: any FaceEmbedder
  let identity: ModelIdentity
}

extension Engine {
  /// The active recognizer, or another one of the model folders, loaded for the caller alone.
  ///
  /// - Throws: `modelNotFound`, `modelInvalid`.
  func recognizer(_ id: String?, _ models: ActiveModels) throws -> JobRecognizer {
    guard let id, id != models.recognizer.id else {
      return JobRecognizer(embedder: models.pipeline.embedder, identity: models.identity)
    }
    let entry = try store.find(id, role: .recognizer)
    let loaded = try LowPriority.run("fw-load") { [store] in try store.loadAndTry(entry, pool: .serial) }
    guard case .recognizer(let model) = loaded else {
      throw WireError(.modelNotFound, "The model \(id) is no recognizer.")
    }
    return JobRecognizer(embedder: model.network, identity: ModelIdentity(model.manifest))
  }

  /// The manifests of the recognizers in the model folders, by the digest that templates are bound to.
  func recognizerManifests() -> [String: ModelManifest] {
    let manifests = store.library.entries.values.map(\.manifest)
    return Dictionary(
      manifests.filter { $0.role == .recognizer }.map { ($0.templateDigest, $0) },
      uniquingKeysWith: { first, _ in first })
  }
}
