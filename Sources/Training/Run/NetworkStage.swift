internal import FaceModels
internal import Images
internal import Networks
internal import Tensors
internal import WeightFiles

/// Trains the network's last block, or all of it, with a softmax layer over its embedding.
struct NetworkStage {
  let context: JobContext
  let parts: NetworkParts
  let embedder: NetworkEmbedder
  /// Of the untrained network, to start the layer from.
  let clean: [[Float]]
  let budget: ByteBudget

  /// Crops at a time between two checks of the caller's, where the whole network is trained.
  private static let largestPiece = 32

  /// Trains from the checkpoint, or from the start, to the end; returns the changed parameters.
  func run(from checkpoint: Checkpoint?) throws -> (
    tuned: [String: Tensor], state: Checkpoint.State, resumed: Bool
  ) {
    let teaching = context.teaching
    let layer = ClassifierGraph.Layer(features: clean, rows: teaching.rows, classes: teaching.slots.count + 1)
    let graph = try ClassifierGraph(layer, on: parts.upper, finish: context.run.recognizer.finish)
    func newTrainer() throws -> ClassifierTrainer {
      try ClassifierTrainer(
        graph, layer: layer, settings: context.settings, freezesBatchNorm: context.plan.freezesBatchNorm,
        batches: embedder.batches, pool: context.pool)
    }
    var trainer = try newTrainer()
    guard trainer.trainable.contains(where: { !$0.hasPrefix("classifier.") }) else {
      throw TrainingError(.badNetwork, "Everything of the network is frozen.", field: "freeze")
    }
    var state = Checkpoint.State(fingerprint: context.fingerprint)
    var resumed = false
    if let checkpoint {
      if trainer.restore(from: checkpoint) {
        (state, resumed) = (checkpoint.state, true)
      } else {
        trainer = try newTrainer()
      }
    }
    let inputs = try NetworkInputs(context: context, parts: parts, embedder: embedder, budget: budget)
    let perEpoch = (teaching.samples.count + context.settings.batch - 1) / context.settings.batch
    let total = perEpoch * (context.plan.cleanEpochs + context.plan.augmentedEpochs)
    let schedule = CosineSchedule(total: total, warmUp: min(20, max(1, total / 10)), floor: 0.02)
    var phase: TrainingProgress.Phase?
    for next in context.epochsLeft(after: state) {
      if phase != next.phase {
        let share = Double(next.epoch - 1) / Double(max(1, context.epochs(of: next.phase)))
        context.meter.begin(next.phase, epochs: context.epochs(of: next.phase), skipping: share)
      }
      phase = next.phase
      state.finish(try epoch(next, trainer, inputs, schedule))
      var saved = Checkpoint(state: state, tensors: .init())
      trainer.store(in: &saved)
      try context.save(saved)
    }
    return (trainer.changed(since: parts.upperParameters), state, resumed)
  }

  private func epoch(
    _ next: (phase: TrainingProgress.Phase, epoch: Int), _ trainer: ClassifierTrainer, _ inputs: NetworkInputs,
    _ schedule: CosineSchedule
  ) throws -> EpochRecord {
    let teaching = context.teaching
    let batch = context.settings.batch
    var random = SeededRandom(seed: context.settings.seed, [UInt64(next.epoch)], purpose: next.phase.rawValue)
    let order = random.permutation(of: teaching.samples.count)
    let steps = (order.count + batch - 1) / batch
    let cost = parts.lower == nil ? JobWork.fullStep : JobWork.tailStep + (next.phase == .augmented ? 1 : 0)
    var (loss, right, seen, rate) = (0.0, 0, 0, context.plan.learningRate)
    for (step, start) in stride(from: 0, to: order.count, by: batch).enumerated() {
      try context.checkpoint()
      let part = order[start..<min(order.count, start + batch)]
      let (input, used) = try inputs.tensor(part.map { $0 }, context.look(next.phase, epoch: next.epoch))
      try context.checkpoint()
      rate = context.plan.learningRate * schedule.factor(at: trainer.steps)
      if let input {
        let result = try trainer.step(input, labels: used.map { teaching.rows[$0] }, learningRate: rate)
        loss += result.loss * Double(result.count)
        right += result.correct
        seen += result.count
      }
      context.meter.step(
        epoch: next.epoch, step: step + 1, steps: steps, images: part.count, cost: Double(part.count) * cost,
        loss: loss / Double(max(1, seen)), accuracy: Double(right) / Double(max(1, seen)), learningRate: rate)
    }
    return EpochRecord(
      phase: next.phase, epoch: next.epoch, loss: loss / Double(max(1, seen)),
      accuracy: Double(right) / Double(max(1, seen)), learningRate: rate)
  }
}
