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
  private static let lookIntervalMs = 200.0

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
  /// The furthest that any trainer came: phase and epoch.
  private var mark = TrainingMark()
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
  private enum End {
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
      try report(TrainEvent(job: id, phase: "waiting"), isUrgent: reported == nil)
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

  // MARK: One trainer

  private func attempt(_ models: ActiveModels, _ folder: TrainingFolder) throws -> End {
    let material = try TrainingMaterial(engine, model: models.identity, isHeadOnly: order.settings.scope == .head)
    try folder.prepare(subjects: material.subjects)
    let trainer = try TrainerProcess(program: engine.training.program)
    engine.training.began(trainer, subjects: material.subjects)
    defer {
      trainer.stop()
      engine.training.ended(trainer)
    }
    var generation = material.snapshot.generation
    var looked = Moment.now
    /// Whether all whose faces the trainer was given are still enrolled.
    func isCurrent() throws -> Bool {
      guard Moment.now.milliseconds(since: looked) >= Self.lookIntervalMs else { return true }
      return try look()
    }
    func look() throws -> Bool {
      looked = .now
      guard try engine.gallery.generation() != generation else { return true }
      let found = try engine.gallery.missingSubjects(of: Array(material.subjects))
      generation = found.generation
      return found.missing.isEmpty
    }
    guard try send(material, models, folder, to: trainer) else { return try death(trainer, look) }
    while true {
      try checkpoint()
      guard try isCurrent() else { return .outdated }
      switch trainer.next(waitingMilliseconds: 50) {
      case .quiet: continue
      case .died(let how): return try look() ? .died(how) : .outdated
      case .frame(let frame):
        switch frame.kind {
        case .event:
          guard let progress = try? WireJSON.decode(TrainingProgress.self, from: frame.json, limits: .fromTrainer)
          else {
            trainer.stop()
            return .died("It sent an event that is none.")
          }
          try take(progress)
        case .result:
          guard let result = try? WireJSON.decode(TrainerResult.self, from: frame.json, limits: .fromTrainer) else {
            trainer.stop()
            return .died("It sent a result that is none.")
          }
          return try look() ? .finished(result, material) : .outdated
        case .error:
          // A removal by another worker takes the folder from under the trainer.
          guard try look() else { return .outdated }
          let body = try? WireJSON.decode(ErrorBody.self, from: frame.json, limits: .fromTrainer)
          throw body?.error ?? WireError(.internal, "The training process failed without saying why.")
        case .ready, .request, .cancel: continue
        }
      }
    }
  }

  /// A trainer that closed its pipe: what it still said comes first.
  private func death(_ trainer: TrainerProcess, _ look: () throws -> Bool) throws -> End {
    while true {
      switch trainer.next(waitingMilliseconds: 500) {
      case .frame(let frame) where frame.kind == .error:
        guard try look() else { return .outdated }
        let body = try? WireJSON.decode(ErrorBody.self, from: frame.json, limits: .fromTrainer)
        throw body?.error ?? WireError(.internal, "The training process failed without saying why.")
      case .frame: continue
      case .quiet:
        trainer.stop()
        return try look() ? .died("It stopped listening.") : .outdated
      case .died(let how): return try look() ? .died(how) : .outdated
      }
    }
  }

  /// Tells a trainer everything. Returns whether it was there to hear it.
  private func send(
    _ material: TrainingMaterial, _ models: ActiveModels, _ folder: TrainingFolder, to trainer: TrainerProcess
  ) throws -> Bool {
    let opening = TrainerOrder(
      settings: order.settings, threads: order.threads, modelFolders: engine.store.folders,
      licencePolicy: engine.store.policy.rawValue, recognizer: models.recognizer.id,
      modelDigest: models.identity.sha256, folder: folder.path)
    let head = try models.head?.encoded() ?? []
    guard try trainer.send(TrainerMessage(open: opening), head, checkpoint: checkpoint) else { return false }
    try report(TrainEvent(job: id, phase: "prepare"), isUrgent: true)
    let isSent = try material.forEachMessage(engine) { message, bytes in
      try checkpoint()
      return try trainer.send(message, bytes, checkpoint: checkpoint)
    }
    guard isSent else { return false }
    return try trainer.send(TrainerMessage(run: true), checkpoint: checkpoint)
  }

  private func take(_ progress: TrainingProgress) throws {
    mark = max(mark, TrainingMark(progress))
    try report(TrainEvent(progress, job: id), isUrgent: false)
  }

  private func report(_ event: TrainEvent, isUrgent: Bool) throws {
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
      model: models.identity.id, seconds: seconds, resumed: report.resumed, restarts: restarts,
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

/// How far a training has come: a later phase or epoch is more.
struct TrainingMark: Comparable {
  private var phase = -1
  private var epoch = 0

  init() {}

  init(_ progress: TrainingProgress) {
    phase =
      switch progress.phase {
      case .prepare: 0
      case .clean: 1
      case .augmented: 2
      case .judge: 3
      }
    epoch = progress.epoch
  }

  static func < (left: TrainingMark, right: TrainingMark) -> Bool {
    (left.phase, left.epoch) < (right.phase, right.epoch)
  }
}

extension TrainEvent {
  init(_ progress: TrainingProgress, job: String) {
    func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
    self.init(
      job: job, phase: progress.phase.rawValue, epoch: progress.epoch, epochs: progress.epochs, step: progress.step,
      steps: progress.steps, loss: finite(progress.loss), accuracy: finite(progress.accuracy),
      learningRate: finite(progress.learningRate), imagesPerSecond: finite(progress.imagesPerSecond),
      secondsLeft: finite(progress.secondsLeft))
  }
}
