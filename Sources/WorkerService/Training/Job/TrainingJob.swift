internal import Decisions
internal import FaceModels
internal import GalleryStore
import Glibc
internal import Protocol
internal import Training

/// One training from its turn to its result, on the calling thread. The work is a child's; this one feeds it, watches it and the
/// gallery, and starts it again when it dies.
final class TrainingJob {
  /// Deaths in a row without a finished epoch in between, after which it is given up.
  private static let patience = 5
  private static let eventIntervalMs = 200.0
  private static let waitingIntervalMs = 10_000.0

  let engine: Engine
  /// As on the wire.
  let id: String
  let order: TrainingOrder
  /// Throws when nobody wants the result any more.
  let checkpoint: () throws -> Void
  let emit: (TrainEvent) throws -> Void
  /// Stores the result with the request's key, when there is one.
  let swapper: HeadSwap

  private let started = Moment.now
  private var reported: Moment?
  /// The phase of the last event that came from a trainer.
  var phase: TrainingProgress.Phase?
  /// The furthest that any trainer came: phase and epoch.
  var mark = TrainingMark()
  private var restarts = 0

  init(
    _ engine: Engine, id: String, order: TrainingOrder, swapper: HeadSwap, checkpoint: @escaping () throws -> Void,
    emit: @escaping (TrainEvent) throws -> Void
  ) {
    self.engine = engine
    self.id = id
    self.order = order
    self.swapper = swapper
    self.checkpoint = checkpoint
    self.emit = emit
  }

  /// How one trainer's life ended.
  enum End {
    case finished(TrainerResult, TrainingMaterial)
    case died(String)
    /// Somebody whose faces were among the material was removed.
    case outdated
  }

  /// Trains and swaps.
  ///
  /// - Throws: `cancelled` or `deadlineExceeded` of the checkpoint, `badParams`, `modelInvalid`, `storageFailed`.
  func run() throws -> Train.Result {
    let root = engine.training.folder
    try PrivateFolder.make(root)
    let turn = try waitForTurn(root)
    defer { turn.release() }
    let models = try engine.modelsNow()
    let model = models.identity
    let folder = try TrainingFolder(root: root, model: model.sha256, settings: order.settings)
    engine.cleanTrainingFolders(keeping: folder)
    if !order.resumes { folder.erase() }
    var fruitless = 0
    while true {
      try checkpoint()
      let before = mark
      switch try attempt(models, folder) {
      case .finished(let result, let material):
        guard let outcome = try read(result, material, folder, model) else {
          folder.erase()
          continue
        }
        try report(TrainEvent(job: id, phase: "swap"), isUrgent: true)
        guard let answer = try conclude(outcome, material, models) else {
          folder.erase()
          continue
        }
        folder.erase()
        return answer
      case .outdated: folder.erase()
      case .died(let how):
        restarts += 1
        fruitless = mark > before ? 1 : fruitless + 1
        engine.log(.error, "trainerDied", ["restarts": .integer(Int64(restarts)), "how": .string(how)])
        if fruitless >= Self.patience { return interrupted(how, models) }
        try pause(milliseconds: 50 << fruitless)
      }
    }
  }

  /// What the trainer left; `nil` when a removal took it meanwhile.
  private func read(
    _ result: TrainerResult, _ material: TrainingMaterial, _ folder: TrainingFolder, _ model: ModelIdentity
  ) throws -> TrainedOutcome? {
    do {
      return try TrainedOutcome(
        result, folder: folder, model: model, scope: order.settings.scope, subjects: material.subjects,
        templates: Set(material.templates.map(\.id)))
    } catch {
      if try !engine.gallery.missingSubjects(of: Array(material.subjects)).missing.isEmpty { return nil }
      throw error
    }
  }

  // MARK: The turn

  /// Only one training of a gallery runs at a time, in whichever process.
  private func waitForTurn(_ root: String) throws -> FolderLock {
    while true {
      if let lock = try FolderLock.tryToTake(root) { return lock }
      let isDue = reported.map { Moment.now.milliseconds(since: $0) >= Self.waitingIntervalMs } ?? true
      if isDue { try report(TrainEvent(job: id, phase: "waiting"), isUrgent: true) }
      try pause(milliseconds: 100)
    }
  }

  private func pause(milliseconds: Int) throws {
    let end = Moment.now.advanced(byMs: milliseconds)
    while Moment.now < end {
      try checkpoint()
      usleep(20_000)
    }
  }

  // MARK: Events

  func report(_ event: TrainEvent, isUrgent: Bool) throws {
    if !isUrgent, let reported, Moment.now.milliseconds(since: reported) < Self.eventIntervalMs { return }
    reported = .now
    try emit(event)
  }

  // MARK: The result

  /// Decides and swaps; `nil` when the gallery changed so that it has to be trained again.
  private func conclude(
    _ outcome: TrainedOutcome, _ material: TrainingMaterial, _ models: ActiveModels
  ) throws -> Train.Result? {
    let report = outcome.report
    var result = Train.Result(
      job: id, state: .kept, accepted: report.accepted, reasons: report.reasons.map { TrainReason($0) },
      before: TrainQuality(report.before), after: TrainQuality(report.after), subjects: report.subjects,
      samples: report.samples + report.heldOut, skipped: material.skipped, scope: TrainScope(order.settings.scope),
      model: models.identity.id, seconds: seconds, refitted: report.refitted,
      resumed: report.resumed, restarts: restarts,
      curve: report.curve.map { TrainEpoch($0) })
    if let sheet = outcome.sheet {
      let shown = Set(try engine.gallery.subjectIDs(Array(material.subjects)).values)
      result.media = try engine.media.write(sheet, type: "image/jpeg", suffix: "jpg", showing: shown)
      // Somebody removed while the picture was written must not stay on it.
      if try !engine.gallery.missingSubjects(of: Array(material.subjects)).missing.isEmpty {
        for subject in shown { _ = engine.media.remove(showing: subject) }
        return nil
      }
    }
    if report.accepted, order.isDryRun {
      result.reasons.append(TrainReason(code: "dryRun", message: "Nothing was to be changed."))
    }
    guard report.accepted, !order.isDryRun else { return try swapper.keep(result) }
    return try swapper.swap(outcome, result, models, checkpoint: checkpoint)
  }

  private func interrupted(_ how: String, _ models: ActiveModels) -> Train.Result {
    let message =
      "The training process died \(restarts) times, the last \(Self.patience) without finishing an epoch. \(how) "
      + "What was in use stays; the same request goes on from the last epoch."
    return Train.Result(
      job: id, state: .interrupted, accepted: false, reasons: [TrainReason(code: "trainerDied", message: message)],
      subjects: 0, samples: 0, scope: TrainScope(order.settings.scope), model: models.identity.id, seconds: seconds,
      restarts: restarts)
  }

  private var seconds: Double { (Moment.now.milliseconds(since: started) / 10).rounded() / 100 }
}
