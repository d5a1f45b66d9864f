internal import Decisions
internal import FaceModels
internal import GalleryStore
internal import Protocol
internal import Training

extension TrainingJob {
  /// Between two looks at whether somebody was removed.
  private static let lookIntervalMs = 200.0

  /// One trainer's life: feeds it, passes on what it says, and ends it when its work is no longer wanted.
  func attempt(_ models: ActiveModels, _ folder: TrainingFolder) throws -> End {
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
    // However short a phase is, its beginning is told: on small galleries whole phases pass between two events.
    let isNewPhase = progress.phase != phase
    phase = progress.phase
    try report(TrainEvent(progress, job: id), isUrgent: isNewPhase)
  }
}
