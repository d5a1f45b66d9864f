internal import FaceModels
package import Protocol
package import Training

/// What a `train` request asks for, with everything filled in that it leaves open.
struct TrainingOrder: Sendable {
  let settings: TrainingSettings
  let threads: Int
  /// Whether a checkpoint of the same training is continued.
  let resumes: Bool
  /// Whether nothing is to be changed.
  let isDryRun: Bool

  /// - Parameter workerThreads: of the worker; the trainer gets half of them unless told otherwise.
  /// - Throws: `badParams` naming the field.
  init(_ params: Train.Params, workerThreads: Int) throws {
    var settings = TrainingSettings()
    settings.scope = params.scope.map(TrainingSettings.Scope.init) ?? .head
    if let seed = params.seed { settings.seed = UInt64(clamping: seed) }
    settings.cleanEpochs = params.epochs?.clean
    settings.augmentedEpochs = params.epochs?.augmented
    settings.learningRate = params.learningRate
    if let batch = params.batch { settings.batch = batch }
    if let optimizer = params.optimizer { settings.optimizer = TrainingSettings.OptimizerKind(optimizer) }
    if let smoothing = params.labelSmoothing { settings.labelSmoothing = smoothing }
    if let clip = params.gradientClip { settings.gradientClip = clip }
    if let decay = params.weightDecay { settings.weightDecay = decay }
    settings.freeze = params.freeze ?? []
    settings.augmentations = params.augmentations
    if let share = params.heldOut { settings.heldOutShare = share }
    if let bytes = params.memoryBytes { settings.byteBudget = bytes }
    settings.contactSheet = params.contactSheet ?? false
    try settings.check()
    self.settings = settings
    threads = params.threads ?? max(1, workerThreads / 2)
    resumes = params.resume ?? true
    isDryRun = params.dryRun ?? false
  }
}

extension TrainingSettings.Scope {
  init(_ scope: TrainScope) {
    switch scope {
    case .head: self = .head
    case .tail: self = .tail
    case .full: self = .full
    }
  }
}

extension TrainScope {
  init(_ scope: TrainingSettings.Scope) {
    switch scope {
    case .head: self = .head
    case .tail: self = .tail
    case .full: self = .full
    }
  }
}

extension TrainingSettings.OptimizerKind {
  init(_ optimizer: TrainOptimizer) {
    switch optimizer {
    case .adam: self = .adam
    case .adamw: self = .adamw
    case .sgd: self = .sgd
    }
  }
}

extension TrainQuality {
  init(_ quality: DecisionQuality) {
    self.init(
      accuracy: quality.accuracy, fnir: quality.fnir, calibrationError: quality.calibrationError,
      heldOut: quality.heldOut, strangers: quality.strangers)
  }
}

extension TrainReason {
  init(_ refusal: Refusal) { self.init(code: refusal.code.rawValue, message: refusal.message) }
}

extension TrainEpoch {
  init(_ record: EpochRecord) {
    self.init(
      phase: record.phase.rawValue, epoch: record.epoch, loss: record.loss, accuracy: record.accuracy,
      learningRate: record.learningRate)
  }
}

extension TrainingError: WireErrorConvertible {
  package var wireError: WireError {
    switch code {
    case .badSettings:
      WireError.badParams(message, details: field.map { ["field": .string("params." + $0)] } ?? [:])
    case .badSet: WireError.badParams(message)
    case .badNetwork: WireError(.modelInvalid, message)
    case .diverged: WireError(.internal, message, details: ["reason": "diverged"])
    case .storageFailed: WireError(.storageFailed, message)
    }
  }
}
