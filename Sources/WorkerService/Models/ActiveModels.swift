internal import Decisions
internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Networks
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
  private let choices: (detector: ModelManifest.PrecisionChoice, recognizer: ModelManifest.PrecisionChoice)
  /// The recognizer as templates are bound to it.
  let identity: ModelIdentity
  /// Both as `ready` and `status` show them, the detector first.
  let infos: [ModelInfo]
  /// The classifier trained on the gallery's templates of ``recognizer``; `nil` until there is one.
  let head: SoftmaxHead?

  init(
    detector: LoadedModel<any FaceDetector>, recognizer: LoadedModel<any FaceEmbedder>, head: SoftmaxHead? = nil
  ) {
    self.detector = detector.manifest
    self.recognizer = recognizer.manifest
    pipeline = Pipeline(detector: detector.network, embedder: recognizer.network)
    let identity = ModelIdentity(recognizer.manifest)
    self.identity = identity
    choices = (detector.choice, recognizer.choice)
    infos = [
      ModelInfo(detector.manifest, precision: detector.choice),
      ModelInfo(recognizer.manifest, precision: recognizer.choice),
    ]
    self.head = head.flatMap { $0.fits(identity) ? $0 : nil }
  }

  /// The same with another detector.
  func replacing(detector: LoadedModel<any FaceDetector>) -> ActiveModels {
    ActiveModels(
      detector: detector, recognizer: loadedRecognizer, head: head)
  }

  /// The same with another classifier head, or none; one that does not fit the recognizer counts as none.
  func replacing(head: SoftmaxHead?) -> ActiveModels {
    ActiveModels(
      detector: loadedDetector, recognizer: loadedRecognizer, head: head)
  }

  /// The same with another recognizer, and without a head: it was trained on the embeddings of the former.
  func replacing(recognizer: LoadedModel<any FaceEmbedder>) -> ActiveModels {
    ActiveModels(detector: loadedDetector, recognizer: recognizer)
  }

  private var loadedDetector: LoadedModel<any FaceDetector> {
    LoadedModel(
      manifest: detector, network: pipeline.detector, precision: choices.detector.precision,
      precisionReason: choices.detector.reason)
  }

  private var loadedRecognizer: LoadedModel<any FaceEmbedder> {
    LoadedModel(
      manifest: recognizer, network: pipeline.embedder, precision: choices.recognizer.precision,
      precisionReason: choices.recognizer.reason)
  }

  /// Ids of both.
  var ids: Set<String> { [detector.id, recognizer.id] }

  /// What an answer says of the models behind it, without and with the recognizer.
  var detecting: ModelsUsed { ModelsUsed(detector: detector.id) }
  var recognizing: ModelsUsed { ModelsUsed(detector: detector.id, recognizer: recognizer.id) }
}

/// A network ready to run, with the manifest it was made from.
struct LoadedModel<Network: Sendable>: Sendable {
  let manifest: ModelManifest
  let network: Network
  /// What its convolutions are computed in.
  var precision = Precision.float32
  /// Why not in what was asked for, for people; `nil` when it is.
  var precisionReason: String?

  var choice: ModelManifest.PrecisionChoice {
    ModelManifest.PrecisionChoice(precision: precision, reason: precisionReason)
  }
}
