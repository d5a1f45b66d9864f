import Foundation
import Networks
import Protocol
import Tensors
import WorkerService

/// What the options mean on this machine: folders, threads, limits.
struct Launch {
  let settings: EngineSettings
  private let options: Options
  private let paths: PathPolicy
  private let bootID = Launch.randomID()
  /// A folder made for a gallery in memory, to be removed at the end.
  private let temporaryFolder: String?

  init(_ options: Options, log: Log) throws {
    self.options = options
    let environment = ProcessInfo.processInfo.environment
    var limits = Limits.standard
    if let maxPixels = options.maxPixels { limits.maxPixels = maxPixels }
    do {
      paths = try PathPolicy(roots: options.allowedPaths)
    } catch {
      throw WireError(.pathNotAllowed, "--allow-path cannot be used: \(error.description)")
    }
    if let metrics = options.metrics, access(Launch.folder(of: metrics), W_OK) != 0 {
      let reason = String(cString: strerror(errno))
      throw WireError(.storageFailed, "The folder of --metrics cannot be written to: \(reason).")
    }
    let dataFolder = options.dataFolder(environment: environment)
    let temporary = dataFolder == nil ? NSTemporaryDirectory() + "face-worker-" + Launch.randomID() : nil
    temporaryFolder = temporary
    let media = options.media ?? (dataFolder ?? temporary ?? ".") + "/media"
    settings = EngineSettings(
      modelFolders: options.modelFolders(environment: environment, executable: Launch.executablePath),
      detector: options.detector, recognizer: options.recognizer, licencePolicy: options.licencePolicy,
      precision: PrecisionPolicy(wanted: options.precision, isForced: options.forcesPrecision),
      dataFolder: dataFolder, mediaFolder: media, mediaURL: options.mediaURL,
      threads: options.threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount), limits: limits,
      keepsCrops: options.keepsCrops, galleryIndex: options.galleryIndex,
      workFolder: temporary.map { $0 + "/work" }, log: log)
  }

  /// Gives up what the worker does not need, after making the folders that it keeps. Before any other thread is started: they
  /// inherit it.
  func isolate() throws -> [Isolation.Loss]? {
    guard options.isIsolated else { return nil }
    let files = [options.mirrorInput, options.mirrorOutput, options.metrics].compactMap { $0 }.map(Launch.folder(of:))
    let kept = [settings.dataFolder, settings.mediaFolder, temporaryFolder].compactMap { $0 }
    for folder in kept where !FileManager.default.fileExists(atPath: folder) {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    // SQLite and Foundation put temporary files where nothing may be written any more.
    if let scratch = temporaryFolder ?? settings.dataFolder {
      setenv("SQLITE_TMPDIR", scratch, 1)
      setenv("TMPDIR", scratch, 1)
    }
    let isolation = Isolation(
      readable: options.allowedPaths, writable: kept + files, temporary: temporaryFolder,
      models: settings.modelFolders)
    OutOfMemoryScore.keepOpen()
    return isolation.enter()
  }

  private static func folder(of file: String) -> String {
    URL(fileURLWithPath: file).deletingLastPathComponent().path
  }

  func cleanUp() {
    if let temporaryFolder { try? FileManager.default.removeItem(atPath: temporaryFolder) }
  }

  func configuration(_ engine: Engine, log: Log) -> SessionConfiguration {
    SessionConfiguration(
      mode: options.usesJSONLines ? .lines : .frames, limits: settings.limits,
      executors: options.usesJSONLines ? 1 : settings.threads, paths: paths, log: log,
      faults: FaultInjector(options.faults),
      mirrorInput: options.mirrorInput, mirrorOutput: options.mirrorOutput,
      metrics: options.metrics.map { MetricsDestination(path: $0, labels: options.metricLabels) },
      generation: { engine.generation },
      status: { try engine.status() })
  }

  func ready(_ engine: Engine, isolation: [Isolation.Loss]?) -> Ready {
    Ready(
      version: WorkerVersion.current, pid: Int(getpid()), bootID: bootID, methods: [], models: engine.models,
      limits: settings.limits, instructionSet: InstructionSet.current.rawValue, blasCore: BLAS.coreName,
      isolation: isolation?.map(\.rawValue), threads: settings.threads, generation: engine.generation)
  }

  /// What `--check` prints.
  func report(_ engine: Engine, isolation: [Isolation.Loss]?) -> String {
    let models = engine.models.map {
      "  \($0.role) \($0.id), \($0.precision ?? "float32"), licence \($0.licence), sha256 \($0.sha256)"
        + ($0.precisionReason.map { "\n    not in the wanted precision: \($0)" } ?? "")
    }
    return """
      face-worker \(WorkerVersion.current): the self-test passed.
      \(models.joined(separator: "\n"))
        instruction set \(InstructionSet.current.rawValue), OpenBLAS core \(BLAS.coreName), \(settings.threads) threads
        given up: \(isolation.map { $0.isEmpty ? "nothing, the kernel cannot" : $0.map(\.rawValue).joined(separator: ", ") } ?? "nothing, --isolation off")
        gallery \(settings.dataFolder.map { $0 + "/gallery.sqlite" } ?? "in memory")
      """
  }

  private static func randomID() -> String {
    var generator = SystemRandomNumberGenerator()
    let digits = String(generator.next(), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static var executablePath: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }
}
