internal import Digests
internal import FaceModels
internal import FacePipeline
internal import GalleryStore
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
    let library = ModelLibrary(folders: modelFolders)
    let entry = try library.find(id, role: .recognizer)
    let embedder = try Architectures.embedder(
      entry.manifest, weights: try library.weights(of: entry, digest: SHA256.hexadecimal))
    return JobRecognizer(
      embedder: embedder,
      identity: ModelIdentity(
        id: entry.manifest.id, sha256: entry.manifest.digest, dimension: entry.manifest.embeddingLength ?? 0))
  }

  /// The manifests of the recognizers in the model folders, by the digest that templates are bound to.
  func recognizerManifests() -> [String: ModelManifest] {
    let manifests = ModelLibrary(folders: modelFolders).entries.values.map(\.manifest)
    return Dictionary(
      manifests.filter { $0.role == .recognizer }.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
  }
}
