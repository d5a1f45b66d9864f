internal import Decisions
internal import FaceModels
internal import Networks

/// What all stages of one job share.
struct JobContext {
  let run: TrainingRun
  private(set) var settings: TrainingSettings
  private(set) var plan: TrainingPlan
  private(set) var isAfterTuning = false
  private(set) var teaching: TeachingSet
  let crops: CropEmbedder
  let pipeline: AugmentationPipeline
  let meter: ProgressMeter
  let checkpoints: CheckpointFolder?
  let fingerprint: String

  var pool: WorkPool { crops.context.pool }
  func checkpoint() throws { try crops.context.checkpoint() }

  /// For fitting the layer anew after the network was tuned.
  var forLayerAlone: JobContext {
    var result = self
    result.settings.scope = .head
    result.isAfterTuning = true
    result.settings.cleanEpochs = nil
    result.settings.augmentedEpochs = min(3, plan.augmentedEpochs)
    result.settings.learningRate = nil
    result.plan = TrainingPlan(result.settings, samples: teaching.samples.count, isContinued: false)
    return result
  }

  /// For fitting the layer once more, to the held-out crops too.
  var onEverything: JobContext {
    var result = self
    result.teaching = teaching.withJudging
    return result
  }

  var headRecipe: HeadRecipe {
    HeadRecipe(
      modelDigest: run.modelDigest, slots: teaching.slots, settings: settings, plan: plan,
      checkpoint: { try checkpoint() })
  }

  /// Saves where the job stands, where there is a folder for it.
  func save(_ checkpoint: Checkpoint) throws {
    try self.checkpoint()
    try checkpoints?.save(checkpoint)
  }

  /// The head in use, where it fits what is trained on; a network that was tuned makes it worthless.
  func previousHead(dimension: Int) -> SoftmaxHead? {
    guard settings.scope == .head, !isAfterTuning, let head = run.set.previousHead?.judgedHead,
      head.modelDigest == run.modelDigest, head.dimension == dimension
    else { return nil }
    return head
  }

  /// What an epoch of a phase shows of a crop.
  func look(_ phase: TrainingProgress.Phase, epoch: Int) -> CropEmbedder.Look {
    phase == .augmented ? .augmented(pipeline, epoch: epoch) : .clean
  }

  /// The epochs that are left, in order.
  func epochsLeft(after state: Checkpoint.State) -> [(phase: TrainingProgress.Phase, epoch: Int)] {
    let clean = state.cleanEpochs < plan.cleanEpochs ? Array(state.cleanEpochs + 1...plan.cleanEpochs) : []
    let augmented =
      state.augmentedEpochs < plan.augmentedEpochs ? Array(state.augmentedEpochs + 1...plan.augmentedEpochs) : []
    return clean.map { (.clean, $0) } + augmented.map { (.augmented, $0) }
  }

  func epochs(of phase: TrainingProgress.Phase) -> Int {
    switch phase {
    case .clean: plan.cleanEpochs
    case .augmented: plan.augmentedEpochs
    case .prepare, .judge: 1
    }
  }
}

extension Checkpoint.State {
  /// Notes an epoch as done.
  mutating func finish(_ record: EpochRecord) {
    curve.append(record)
    if record.phase == .augmented { augmentedEpochs = record.epoch } else { cleanEpochs = record.epoch }
  }
}
