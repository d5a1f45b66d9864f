internal import Digests
internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Images
internal import Networks
package import Protocol
import Synchronization

/// Everything the handlers share: models, gallery, media, threads. Immutable; safe from many threads at once.
package final class Engine: Sendable {
  let pipeline: Pipeline
  let pool: WorkPool
  let gallery: SQLiteGallery
  let media: MediaStore
  let recognizer: ModelManifest
  /// The recognizer as templates are bound to it.
  let identity: ModelIdentity
  let limits: Limits
  package let models: [ModelInfo]
  private let generationSeen: Mutex<Int>

  /// The false match rate at which two faces count as one person's (`verify`, duplicates).
  static let verificationFMR = 1e-3
  /// The share of strangers that may be given a name by `identify` unless a request says otherwise.
  static let identificationFPIR = 0.01
  /// How much likelier a stranger matches one enrolled subject than one single photo: a subject's score comes from its
  /// best photos. Measured with 30 subjects of five photos each and 1,521 strangers of LFW.
  static let chancesPerSubject = 3.0

  /// Opens everything the options name. Throws ``WireError`` with what to do about it.
  package init(_ settings: EngineSettings) throws(WireError) {
    do {
      let library = ModelLibrary(folders: settings.modelFolders)
      let detector = try library.find(settings.detector, role: .detector)
      let recognizer = try library.find(settings.recognizer, role: .recognizer)
      let detectorWeights = try library.weights(of: detector, digest: SHA256.hexadecimal)
      let recognizerWeights = try library.weights(of: recognizer, digest: SHA256.hexadecimal)
      pipeline = Pipeline(
        detector: try Architectures.detector(detector.manifest, weights: detectorWeights),
        embedder: try Architectures.embedder(recognizer.manifest, weights: recognizerWeights))
      self.recognizer = recognizer.manifest
      identity = ModelIdentity(
        id: recognizer.manifest.id, sha256: recognizer.manifest.digest,
        dimension: recognizer.manifest.embeddingLength ?? 0)
      models = [detector, recognizer].map { ModelInfo($0.manifest) }
      pool = WorkPool(lanes: settings.threads)
      gallery = try SQLiteGallery(path: settings.databasePath)
      media = try MediaStore(folder: settings.mediaFolder, baseURL: settings.mediaURL)
      limits = settings.limits
      generationSeen = Mutex(try gallery.generation())
    } catch {
      throw ErrorMapping.wireError(for: error)
    }
  }

  /// The generation as far as this process has seen it; never waits for the database.
  package var generation: Int { generationSeen.withLock { $0 } }

  func saw(generation: Int) { generationSeen.withLock { $0 = max($0, generation) } }

  /// The engine's part of `status`.
  package func status() throws -> EngineStatus {
    let counts = try gallery.counts()
    saw(generation: counts.generation)
    return EngineStatus(
      models: models, gallery: GalleryStatus(subjects: counts.subjects, templates: counts.templates))
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

  package init(
    modelFolders: [String], detector: String, recognizer: String, databasePath: String?, mediaFolder: String,
    mediaURL: String?, threads: Int, limits: Limits
  ) {
    self.modelFolders = modelFolders
    self.detector = detector
    self.recognizer = recognizer
    self.databasePath = databasePath
    self.mediaFolder = mediaFolder
    self.mediaURL = mediaURL
    self.threads = threads
    self.limits = limits
  }
}

extension ModelManifest {
  /// What identifies the weights: the file's SHA-256, or that of all files' digests where there are several.
  var digest: String {
    let digests = files.compactMap(\.sha256)
    if digests.count == 1 { return digests[0] }
    return SHA256.hexadecimal(Array(digests.joined(separator: "\n").utf8))
  }
}

extension ModelInfo {
  init(_ manifest: ModelManifest) {
    self.init(
      id: manifest.id, role: manifest.role.rawValue, sha256: manifest.digest, dimension: manifest.embeddingLength,
      licence: manifest.licence.name)
  }
}
