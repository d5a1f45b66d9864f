internal import Calibration
internal import FaceModels
package import GalleryStore
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
  /// The open streams.
  let streams: StreamTable
  /// Whether `enroll` keeps a picture of each face.
  let keepsCrops: Bool
  /// The installed models.
  let store: ModelStore
  /// Where an imported model goes.
  let installer: ModelInstaller
  let active: Mutex<ActiveModels>
  /// Which models were activated; held while models are swapped, never while requests are served.
  let activations: Mutex<ActivationRecord>
  /// The file that remembers them; `nil` with a gallery in memory.
  let activationFile: String?
  /// The version of that file that counts here.
  let activationStamp: Mutex<FileStamp?>
  /// Trained heads on the disk.
  let heads: HeadStore
  /// Which of them counts, as far as it was looked for.
  let headLookup = Mutex(HeadLookup())
  /// Trainings and where they work.
  let training: TrainingDesk
  /// Where trained networks are kept.
  let tunedFolder: String
  let log: Log
  private let generationSeen: Mutex<Int>
  private let countsSeen = Mutex<GalleryCounts?>(nil)
  /// The calibration read last, as stored and as understood.
  let readCalibration = Mutex<(text: String, record: CalibrationRecord?)?>(nil)

  /// Opens everything the options name. Throws ``WireError`` with what to do about it.
  package init(_ settings: EngineSettings) throws(WireError) {
    do {
      let ownFolder = settings.dataFolder.map { $0 + "/models" }
      let workFolder = settings.dataFolder ?? settings.workFolder
      tunedFolder = workFolder + "/models"
      heads = HeadStore(root: workFolder + "/heads")
      training = TrainingDesk(folder: workFolder + "/training", program: settings.trainer)
      log = settings.log
      store = ModelStore(
        folders: settings.modelFolders + [tunedFolder], policy: settings.licencePolicy,
        precision: settings.precision)
      installer = ModelInstaller(folders: settings.modelFolders, ownFolder: ownFolder)
      activationFile = settings.dataFolder.map { $0 + "/" + ActivationRecord.fileName }
      activationStamp = Mutex(activationFile.map(FileStamp.init))
      let record = try activationFile.map(ActivationRecord.read) ?? ActivationRecord()
      let start = StartModels(settings, record: record, file: activationFile, store: store)
      let models = ActiveModels(detector: try start.detector(), recognizer: try start.recognizer())
      active = Mutex(models)
      activations = Mutex(record)
      let pool = WorkPool(lanes: settings.threads)
      self.pool = pool
      let threads = SearchThreads(lanes: pool.lanes) { pool.run($0, $1) }
      gallery = try SQLiteGallery(
        path: settings.databasePath, searching: SearchSettings(form: settings.galleryIndex, threads: threads))
      media = try MediaStore(folder: settings.mediaFolder, baseURL: settings.mediaURL)
      limits = settings.limits
      streams = StreamTable(limits: settings.limits)
      keepsCrops = settings.keepsCrops
      generationSeen = Mutex(try gallery.generation())
      removeLeftovers()
      try lookForHead()
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
    let models = try modelsNow()
    let counts = try galleryCounts()
    saw(generation: counts.generation)
    let shares = counts.models.map {
      GalleryModel(id: $0.model.id, sha256: $0.model.sha256, templates: $0.templates, subjects: $0.subjects)
    }
    return EngineStatus(
      models: models.infos,
      gallery: GalleryStatus(
        subjects: counts.subjects, templates: counts.templates, models: shares,
        calibration: try calibrationStatus(of: models.identity), classifier: classifierStatus()),
      jobs: training.jobs, streams: streams.count)
  }

  /// The gallery's size, counted anew only after a change: it is asked every few seconds, and a large gallery takes its time.
  private func galleryCounts() throws(GalleryError) -> GalleryCounts {
    let generation = try gallery.generation()
    if let known = countsSeen.withLock({ $0 }), known.generation == generation { return known }
    let counts = try gallery.counts()
    countsSeen.withLock { $0 = counts }
    return counts
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
  /// The models to start with; `nil` is the one activated last, else the default.
  package var detector: String?
  package var recognizer: String?
  /// Which models may be used.
  package var licencePolicy: LicencePolicy
  package var precision: PrecisionPolicy
  /// The folder of what is kept; `nil` keeps nothing.
  package var dataFolder: String?
  package var mediaFolder: String
  package var mediaURL: String?
  package var threads: Int
  package var limits: Limits
  package var keepsCrops: Bool
  /// What a search of the gallery reads first.
  package var galleryIndex: IndexForm
  /// Where trainings work and keep what they make while nothing is kept; below `dataFolder` otherwise. Made when needed; the
  /// caller removes it.
  package var workFolder: String
  /// The program that trains.
  package var trainer: String
  package var log: Log

  /// The gallery's file; `nil` keeps it in memory.
  var databasePath: String? { dataFolder.map { $0 + "/gallery.sqlite" } }

  package init(
    modelFolders: [String], detector: String? = nil, recognizer: String? = nil, licencePolicy: LicencePolicy = .any,
    precision: PrecisionPolicy = PrecisionPolicy(), dataFolder: String?, mediaFolder: String, mediaURL: String? = nil,
    threads: Int, limits: Limits = .standard,
    keepsCrops: Bool = true, galleryIndex: IndexForm = .auto, workFolder: String? = nil,
    trainer: String = "/proc/self/exe", log: Log = Log()
  ) {
    self.modelFolders = modelFolders
    self.detector = detector
    self.recognizer = recognizer
    self.licencePolicy = licencePolicy
    self.precision = precision
    self.dataFolder = dataFolder
    self.mediaFolder = mediaFolder
    self.mediaURL = mediaURL
    self.threads = threads
    self.limits = limits
    self.keepsCrops = keepsCrops
    self.galleryIndex = galleryIndex
    self.workFolder = workFolder ?? mediaFolder + "/.work"
    self.trainer = trainer
    self.log = log
  }
}
