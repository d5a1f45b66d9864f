internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Protocol

/// The detector and the recognizer in use, and everything that follows from them. Immutable.
///
/// A handler takes ``Engine/activeModels`` once and uses only that to the end of its request: a swap replaces the whole
/// snapshot, so a request never sees the boxes of one detector and the embeddings of another recognizer than it began
/// with. The replaced models stay in memory until the last request that took them is answered.
final class ActiveModels: Sendable {
  let detector: ModelManifest
  let recognizer: ModelManifest
  let pipeline: Pipeline
  /// The recognizer as templates are bound to it.
  let identity: ModelIdentity
  /// Both as `ready` and `status` show them, the detector first.
  let infos: [ModelInfo]

  /// The false match rate at which two faces count as one person's (`verify`, duplicates).
  static let verificationFMR = 1e-3
  /// The share of strangers that may be given a name by `identify` unless a request says otherwise.
  static let identificationFPIR = 0.01
  /// How much likelier a stranger matches one enrolled subject than one single photo: a subject's score comes from its
  /// best photos. Measured with 30 subjects of five photos each and 1,521 strangers of LFW.
  static let chancesPerSubject = 3.0

  init(detector: LoadedModel<any FaceDetector>, recognizer: LoadedModel<any FaceEmbedder>) {
    self.detector = detector.manifest
    self.recognizer = recognizer.manifest
    pipeline = Pipeline(detector: detector.network, embedder: recognizer.network)
    identity = ModelIdentity(
      id: recognizer.manifest.id, sha256: recognizer.manifest.digest,
      dimension: recognizer.manifest.embeddingLength ?? 0)
    infos = [detector.manifest, recognizer.manifest].map { ModelInfo($0) }
  }

  /// The same with another detector.
  func replacing(detector: LoadedModel<any FaceDetector>) -> ActiveModels {
    ActiveModels(detector: detector, recognizer: LoadedModel(manifest: recognizer, network: pipeline.embedder))
  }

  /// The same with another recognizer.
  func replacing(recognizer: LoadedModel<any FaceEmbedder>) -> ActiveModels {
    ActiveModels(detector: LoadedModel(manifest: detector, network: pipeline.detector), recognizer: recognizer)
  }

  /// The score at and above which two faces match.
  var verificationThreshold: Float { Float(recognizer.score(fmr: Self.verificationFMR) ?? 1) }

  /// The score at and above which a probe is named in a gallery of so many subjects: a stranger has a chance with each.
  func identificationThreshold(subjects: Int) -> Float {
    let chances = Double(max(subjects, 1)) * Self.chancesPerSubject
    return Float(recognizer.score(fmr: Self.identificationFPIR / chances) ?? 1)
  }

  /// The probability behind a score, when the model was calibrated.
  func calibrated(_ score: Float) -> Float? {
    recognizer.calibration.map { Float($0.probability(Double(score))) }
  }
}

/// A network ready to run, with the manifest it was made from.
struct LoadedModel<Network: Sendable>: Sendable {
  let manifest: ModelManifest
  let network: Network
}
