package import Decisions
internal import Networks

/// How the rows of a head are fitted to embeddings: the same for a head that is put to use, for those that only calibrate it,
/// for the one that is fitted to all crops at last, and for one that only an evaluation needs.
package struct HeadRecipe {
  /// Passes of a head that only calibrates, or is fitted once more.
  static let shortPasses = 12

  let modelDigest: String
  let slots: [Int64]
  let settings: TrainingSettings
  let plan: TrainingPlan
  /// Called before each pass; throws to stop.
  let checkpoint: () throws -> Void

  /// A recipe with a plan of its own.
  package init(
    modelDigest: String, slots: [Int64], settings: TrainingSettings, samples: Int,
    checkpoint: @escaping () throws -> Void
  ) {
    self.init(
      modelDigest: modelDigest, slots: slots, settings: settings,
      plan: TrainingPlan(settings, samples: samples, isContinued: false), checkpoint: checkpoint)
  }

  init(
    modelDigest: String, slots: [Int64], settings: TrainingSettings, plan: TrainingPlan,
    checkpoint: @escaping () throws -> Void
  ) {
    self.modelDigest = modelDigest
    self.slots = slots
    self.settings = settings
    self.plan = plan
    self.checkpoint = checkpoint
  }

  /// The step size of an epoch, counted from 0 over both phases.
  func learningRate(at epoch: Int) -> Double {
    plan.learningRate * CosineSchedule(total: plan.cleanEpochs + plan.augmentedEpochs, floor: 0.1).factor(at: epoch)
  }

  /// A trainer anchored at the means of L2-normalized features; those of the row after the last slot are negatives.
  func trainer(_ features: [[Float]], _ rows: [Int], previous: SoftmaxHead?) throws(TrainingError) -> HeadTrainer {
    var options = HeadTrainer.Options()
    options.batch = settings.batch
    options.labelSmoothing = Float(settings.labelSmoothing)
    options.seed = settings.seed
    let known = rows.indices.filter { rows[$0] < slots.count }
    return try HeadTrainer(
      modelDigest: modelDigest, dimension: features.first?.count ?? 0, slots: slots,
      samples: known.flatMap { features[$0] }, labels: known.map { rows[$0] }, options: options, previous: previous)
  }

  /// A head by a few passes, not calibrated.
  func short(_ features: [[Float]], _ rows: [Int], previous: SoftmaxHead?) throws -> SoftmaxHead {
    var trainer = try trainer(features, rows, previous: previous)
    trainer.options.learningRate = Float(plan.learningRate)
    let numbers = features.flatMap { $0 }
    for _ in 0..<Self.shortPasses {
      try checkpoint()
      _ = try trainer.epoch(embeddings: numbers, labels: rows)
    }
    return try trainer.head()
  }

  /// A head with a temperature and a bias of `unknown` by faces it was not trained on.
  ///
  /// - Parameters:
  ///   - clean: what it was trained on, with its rows.
  ///   - draws: distorted views of the same.
  func calibrated(
    _ head: SoftmaxHead, _ clean: [[Float]], _ rows: [Int], _ draws: HeadStage.Draws = HeadStage.Draws()
  ) throws -> SoftmaxHead {
    try HeadCrossFit.calibrated(head, embeddings: clean, rows: rows, seed: settings.seed) { teaching in
      var (features, labels) = (teaching.map { clean[$0] }, teaching.map { rows[$0] })
      draws.append(to: &features, &labels, rows: rows, places: teaching)
      return try short(features, labels, previous: nil)
    }
  }

  /// A head by clean epochs alone, calibrated: what `train` makes without augmentations and with nothing held out.
  ///
  /// - Parameters:
  ///   - features: L2-normalized embeddings.
  ///   - rows: the index of each one's slot.
  /// - Throws: ``TrainingError``; what the checkpoint throws.
  package func cleanHead(
    _ features: [[Float]], _ rows: [Int]
  ) throws -> (head: SoftmaxHead, curve: [EpochRecord]) {
    var trainer = try trainer(features, rows, previous: nil)
    let numbers = features.flatMap { $0 }
    var curve: [EpochRecord] = []
    for epoch in 0..<plan.cleanEpochs {
      try checkpoint()
      let rate = learningRate(at: epoch)
      trainer.options.learningRate = Float(rate)
      let result = try trainer.epoch(embeddings: numbers, labels: rows)
      curve.append(
        EpochRecord(
          phase: .clean, epoch: epoch + 1, loss: result.loss, accuracy: result.accuracy, learningRate: rate))
    }
    return (try calibrated(try trainer.head(), features, rows), curve)
  }
}
