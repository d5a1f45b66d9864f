internal import Calibration
internal import Digests
internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Images
internal import Networks
package import Protocol
import Synchronization

/// Everything the handlers share: models, gallery, media, threads. Safe from many threads at once.
package final class Engine: Sendable {
  let pool: WorkPool
  let gallery: SQLiteGallery
  let media: MediaStore
  let limits: Limits
  let modelFolders: [String]
  /// Whether `enroll` keeps a picture of each face.
  let keepsCrops: Bool
  private let active: Mutex<ActiveModels>
  private let generationSeen: Mutex<Int>
  /// The calibration read last, as stored and as understood.
  let readCalibration = Mutex<(text: String, record: CalibrationRecord?)?>(nil)

  /// Opens everything the options name. Throws ``WireError`` with what to do about it.
  package init(_ settings: EngineSettings) throws(WireError) {
    do {
      let library = ModelLibrary(folders: settings.modelFolders)
      let detector = try library.find(settings.detector, role: .detector)
      let recognizer = try library.find(settings.recognizer, role: .recognizer)
      let detectorWeights = try library.weights(of: detector, digest: SHA256.hexadecimal)
      let recognizerWeights = try library.weights(of: recognizer, digest: SHA256.hexadecimal)
      active = Mutex(
        ActiveModels(
          detector: LoadedModel(
            manifest: detector.manifest,
            network: try Architectures.detector(detector.manifest, weights: detectorWeights)),
          recognizer: LoadedModel(
            manifest: recognizer.manifest,
            network: try Architectures.embedder(recognizer.manifest, weights: recognizerWeights))))
      pool = WorkPool(lanes: settings.threads)
      gallery = try SQLiteGallery(path: settings.databasePath)
      media = try MediaStore(folder: settings.mediaFolder, baseURL: settings.mediaURL)
      limits = settings.limits
      modelFolders = settings.modelFolders
      keepsCrops = settings.keepsCrops
      generationSeen = Mutex(try gallery.generation())
    } catch {
      throw ErrorMapping.wireError(for: error)
    }
  }

  /// The models in use now. A request takes this once and keeps it to its end.
  var activeModels: ActiveModels { active.withLock { $0 } }

  /// The models in use now, as `ready` shows them.
  package var models: [ModelInfo] { activeModels.infos }

  /// The generation as far as this process has seen it; never waits for the database.
  package var generation: Int { generationSeen.withLock { $0 } }

  func saw(generation: Int) { generationSeen.withLock { $0 = max($0, generation) } }

  /// The engine's part of `status`.
  package func status() throws -> EngineStatus {
    let models = activeModels
    let counts = try gallery.counts()
    saw(generation: counts.generation)
    let shares = counts.models.map {
      GalleryModel(id: $0.model.id, sha256: $0.model.sha256, templates: $0.templates, subjects: $0.subjects)
    }
    return EngineStatus(
      models: models.infos,
      gallery: GalleryStatus(
        subjects: counts.subjects, templates: counts.templates, models: shares,
        calibration: try calibrationStatus(models)))
  }

  /// Runs `body` as one of the requests that share the threads.
  func work<Result>(_ context: RequestContext, _ body: (RunContext) throws -> Result) rethrows -> Result {
    pool.enter()
    defer { pool.leave() }
    return try body(RunContext(pool: pool, checkpoint: { try context.checkpoint() }))
  }
}

/// What an ``Engine`` is made from.
package struct EngineSettings: Sendable {
  package var modelFolders: [String]
  package var detector: String
  package var recognizer: String
  /// The gallery's file; `nil` keeps it in memory.
  package var databasePath: String?
  package var mediaFolder: String
  package var mediaURL: String?
  package var threads: Int
  package var limits: Limits
  package var keepsCrops: Bool

  package init(
    modelFolders: [String], detector: String, recognizer: String, databasePath: String?, mediaFolder: String,
    mediaURL: String?, threads: Int, limits: Limits, keepsCrops: Bool = true
  ) {
    self.modelFolders = modelFolders
    self.detector = detector
    self.recognizer = recognizer
    self.databasePath = databasePath
    self.mediaFolder = mediaFolder
    self.mediaURL = mediaURL
    self.threads = threads
    self.limits = limits
    self.keepsCrops = keepsCrops
  }
}
