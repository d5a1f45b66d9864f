internal import Decisions
internal import FaceModels
internal import Networks
internal import Tensors
internal import WeightFiles

/// Fits the softmax layer to embeddings of a frozen network: the clean ones first, then those of augmented crops, drawn
/// anew each epoch and embedded through the recognizer.
struct HeadStage {
  let context: JobContext
  let embedder: NetworkEmbedder
  /// The clean embedding of every sample that teaches, in the set's order.
  let clean: [[Float]]
  /// Whether epochs are reported and leave checkpoints.
  let isMain: Bool

  /// Passes over the embeddings of one augmented epoch: embedding costs far more than a pass.
  private static let passes = 4

  /// Trains from the checkpoint, or from the start, to the end.
  func run(from checkpoint: Checkpoint?) throws -> (head: SoftmaxHead, state: Checkpoint.State, resumed: Bool) {
    let teaching = context.teaching
    let strangers = StrangerCohort(clean, rows: teaching.rows, subjects: teaching.slots.count)
    let made = strangers.draw(
      max(Self.leastStrangers, clean.count / 4), seed: SeededRandom.mixed(context.settings.seed, 77))
    let madeRows = made.map { _ in teaching.unknownRow }
    let layer = ClassifierGraph.Layer(
      features: clean + made, rows: teaching.rows + madeRows, classes: teaching.slots.count + 1)
    var settings = context.settings
    settings.freeze = []
    func newTrainer() throws -> ClassifierTrainer {
      try ClassifierTrainer(
        ClassifierGraph(onEmbeddings: layer), layer: layer, settings: settings, freezesBatchNorm: true, batches: true,
        pool: .serial)
    }
    var trainer = try newTrainer()
    var state = Checkpoint.State(fingerprint: context.fingerprint)
    var resumed = false
    if let checkpoint {
      if trainer.restore(from: checkpoint) {
        (state, resumed) = (checkpoint.state, true)
      } else {
        trainer = try newTrainer()
      }
    }
    let perPass = (clean.count + made.count + settings.batch - 1) / settings.batch
    let withDraws = (2 * clean.count + made.count + settings.batch - 1) / settings.batch * Self.passes
    let schedule = CosineSchedule(
      total: context.plan.cleanEpochs * perPass + context.plan.augmentedEpochs * withDraws, warmUp: 0, floor: 0.05)
    var phase: TrainingProgress.Phase?
    for next in context.epochsLeft(after: state) {
      if isMain, phase != next.phase {
        let share = Double(next.epoch - 1) / Double(max(1, context.epochs(of: next.phase)))
        context.meter.begin(next.phase, epochs: context.epochs(of: next.phase), skipping: share)
      }
      phase = next.phase
      var (features, rows) = (clean, teaching.rows)
      if next.phase == .augmented {
        let drawn = try embed(next.epoch)
        for (row, embedding) in zip(teaching.rows, drawn) {
          guard let embedding else { continue }
          features.append(embedding)
          rows.append(row)
        }
      }
      let record = try epoch(
        next, trainer, features + made, rows + madeRows, schedule, passes: next.phase == .augmented ? Self.passes : 1)
      state.finish(record)
      guard isMain else { continue }
      var saved = Checkpoint(state: state, tensors: .init())
      trainer.store(in: &saved)
      try context.save(saved)
    }
    let plain = trainer.trainedLayer.plain
    do {
      let head = try SoftmaxHead(
        modelDigest: context.run.modelDigest, dimension: layer.dimension, slots: teaching.slots, weights: plain.weights,
        bias: plain.bias)
      return (head, state, resumed)
    } catch {
      throw TrainingError(.diverged, "The training diverged: a weight of the new head is not a usable number.")
    }
  }

  private static let leastStrangers = 64

  private func embed(_ epoch: Int) throws -> [[Float]?] {
    let samples = context.teaching.samples
    var last = 0
    return try context.crops.embeddings(samples, context.look(.augmented, epoch: epoch), embedder: embedder) { done in
      if isMain {
        context.meter.step(
          epoch: epoch, step: 0, steps: 0, images: done - last, cost: Double(done - last))
      }
      last = done
    }
  }

  private func epoch(
    _ next: (phase: TrainingProgress.Phase, epoch: Int), _ trainer: ClassifierTrainer, _ features: [[Float]],
    _ rows: [Int], _ schedule: CosineSchedule, passes: Int
  ) throws -> EpochRecord {
    let batch = context.settings.batch
    let steps = (features.count + batch - 1) / batch * passes
    var (loss, right, seen, rate) = (0.0, 0, 0, context.plan.learningRate)
    var step = 0
    for pass in 0..<passes {
      var random = SeededRandom(
        seed: context.settings.seed, [UInt64(next.epoch), UInt64(pass)], purpose: next.phase.rawValue)
      let order = random.permutation(of: features.count)
      for start in stride(from: 0, to: order.count, by: batch) {
        try context.checkpoint()
        let part = order[start..<min(order.count, start + batch)]
        let input = Tensor(
          shape: [part.count, features[0].count], values: part.flatMap { features[$0] })
        rate = context.plan.learningRate * schedule.factor(at: trainer.steps)
        let result = try trainer.step(input, labels: part.map { rows[$0] }, learningRate: rate)
        loss += result.loss * Double(result.count)
        right += result.correct
        seen += result.count
        step += 1
        guard isMain else { continue }
        context.meter.step(
          epoch: next.epoch, step: step, steps: steps, images: next.phase == .clean ? part.count : 0,
          cost: Double(part.count) * JobWork.headStep, loss: loss / Double(seen),
          accuracy: Double(right) / Double(seen), learningRate: rate)
      }
    }
    return EpochRecord(
      phase: next.phase, epoch: next.epoch, loss: loss / Double(max(1, seen)),
      accuracy: Double(right) / Double(max(1, seen)), learningRate: rate)
  }
}

/// What steps cost, in crops through the network forward.
enum JobWork {
  static let headStep = 0.005
  static let fullStep = 4.0
  static let tailStep = 0.5

  /// What each phase will cost.
  static func estimate(
    _ scope: TrainingSettings.Scope, _ plan: TrainingPlan, samples: Int, missing: Int, everything: Int
  ) -> [TrainingProgress.Phase: Double] {
    let n = Double(samples)
    let (clean, augmented) = (Double(plan.cleanEpochs), Double(plan.augmentedEpochs))
    switch scope {
    case .head:
      return [
        .prepare: Double(missing), .clean: clean * n * headStep, .augmented: augmented * n * (1 + 8 * headStep),
        .judge: 1,
      ]
    case .tail:
      return [
        .prepare: Double(missing), .clean: n + clean * n * tailStep, .augmented: augmented * n * (1 + tailStep),
        .judge: Double(everything) + n,
      ]
    case .full:
      return [
        .prepare: Double(missing), .clean: clean * n * fullStep, .augmented: augmented * n * fullStep,
        .judge: Double(everything) + n,
      ]
    }
  }
}
