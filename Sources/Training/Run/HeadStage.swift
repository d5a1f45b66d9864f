internal import Decisions
internal import FaceModels
internal import FoundationEssentials
internal import Networks
internal import Tensors
internal import WeightFiles

/// Fits the head to embeddings of a frozen network: the clean ones first, then those of augmented crops, drawn anew each
/// epoch and embedded through the recognizer.
///
/// The rows are drawn back to the subjects' means. When the augmented phase begins, these become the means of clean and
/// augmented faces together (``HeadTrainer`` started anew from the head so far), so that what a person looks like in bad
/// light or out of focus counts there too.
struct HeadStage {
  let context: JobContext
  let embedder: NetworkEmbedder
  /// The clean embedding of every sample that teaches, in the set's order.
  let clean: [[Float]]
  /// Whether epochs are reported and leave checkpoints.
  let isMain: Bool

  /// Passes over the embeddings of one augmented epoch: embedding costs far more than a pass.
  private static let passes = 4
  /// Draws of so many epochs back are shown again beside the newest: views that cost much to make.
  static let keptDraws = 4

  /// The latest epochs that were drawn, with the embeddings by sample.
  struct Draws {
    var epochs: [(epoch: Int, embeddings: [[Float]?])] = []

    mutating func add(_ drawn: [[Float]?], epoch: Int) {
      epochs.append((epoch, drawn))
      if epochs.count > HeadStage.keptDraws { epochs.removeFirst() }
    }
  }

  /// What training came to.
  struct Result {
    let head: SoftmaxHead
    let state: Checkpoint.State
    let resumed: Bool
    let draws: Draws
  }

  /// Trains from the checkpoint, or from the start, to the end.
  func run(from checkpoint: Checkpoint?) throws -> Result {
    let rows = context.teaching.rows
    let recipe = context.headRecipe
    var trainer = try recipe.trainer(clean, rows, previous: context.previousHead(dimension: clean.first?.count ?? 0))
    var state = Checkpoint.State(fingerprint: context.fingerprint)
    var resumed = false
    if let checkpoint, let restored = HeadTrainer.restored(from: checkpoint, like: trainer) {
      (trainer, state, resumed) = (restored, checkpoint.state, true)
    }
    var draws = Draws()
    // What was drawn before a checkpoint is drawn again: the same crops, without storing faces in it.
    let left = context.epochsLeft(after: state)
    if state.augmentedEpochs > 0 {
      for epoch in max(1, state.augmentedEpochs - Self.keptDraws + 1)...state.augmentedEpochs {
        draws.add(try embed(epoch), epoch: epoch)
      }
    }
    var phase: TrainingProgress.Phase?
    for next in left {
      begin(next, after: &phase)
      var (features, labels, passes) = (clean, rows, 1)
      if next.phase == .augmented {
        draws.add(try embed(next.epoch), epoch: next.epoch)
        draws.append(to: &features, &labels, rows: rows)
        passes = Self.passes
        if next.epoch == 1 { trainer = try recipe.trainer(features, labels, previous: trainer.head()) }
      }
      let rate = recipe.learningRate(at: state.curve.count)
      trainer.options.learningRate = Float(rate)
      let record = try epoch(next, &trainer, features, labels, passes: passes, rate: rate)
      state.finish(record)
      guard isMain else { continue }
      var saved = Checkpoint(state: state, tensors: NamedTensors())
      try trainer.store(in: &saved)
      try context.save(saved)
    }
    let head = try recipe.calibrated(try trainer.head(), clean, rows, draws)
    return Result(head: head, state: state, resumed: resumed, draws: draws)
  }

  private func begin(
    _ next: (phase: TrainingProgress.Phase, epoch: Int), after phase: inout TrainingProgress.Phase?
  ) {
    if isMain, phase != next.phase {
      let epochs = context.epochs(of: next.phase)
      context.meter.begin(next.phase, epochs: epochs, skipping: Double(next.epoch - 1) / Double(max(1, epochs)))
    }
    phase = next.phase
  }

  private func embed(_ epoch: Int) throws -> [[Float]?] {
    let samples = context.teaching.samples
    var last = 0
    return try context.crops.embeddings(samples, context.look(.augmented, epoch: epoch), embedder: embedder) { done in
      if isMain {
        context.meter.step(
          epoch: epoch, step: done, steps: samples.count, images: done - last, cost: Double(done - last))
      }
      last = done
    }
  }

  private func epoch(
    _ next: (phase: TrainingProgress.Phase, epoch: Int), _ trainer: inout HeadTrainer, _ features: [[Float]],
    _ labels: [Int], passes: Int, rate: Double
  ) throws -> EpochRecord {
    var (loss, accuracy) = (0.0, 0.0)
    let numbers = features.flatMap { $0 }
    for _ in 0..<passes {
      try context.checkpoint()
      let result = try trainer.epoch(embeddings: numbers, labels: labels)
      loss += result.loss / Double(passes)
      accuracy += result.accuracy / Double(passes)
    }
    if isMain {
      let steps = next.phase == .clean ? 1 : context.teaching.samples.count
      context.meter.step(
        epoch: next.epoch, step: steps, steps: steps, images: next.phase == .clean ? features.count : 0,
        cost: Double(features.count * passes) * JobWork.headStep, loss: loss, accuracy: accuracy, learningRate: rate)
    }
    return EpochRecord(
      phase: next.phase, epoch: next.epoch, loss: loss, accuracy: accuracy, learningRate: rate)
  }
}

extension HeadStage.Draws {
  /// Adds all drawn embeddings and the rows of their samples, those of `places` where there are some.
  func append(to features: inout [[Float]], _ labels: inout [Int], rows: [Int], places: [Int]? = nil) {
    for (_, drawn) in epochs {
      for place in places ?? Array(rows.indices) {
        guard let embedding = drawn[place] else { continue }
        features.append(embedding.unit)
        labels.append(rows[place])
      }
    }
  }
}

extension HeadTrainer {
  /// Adds all that the rest of the training depends on: the coded trainer, eight bytes a whole number.
  func store(in checkpoint: inout Checkpoint) throws(TrainingError) {
    guard let bytes = (try? JSONEncoder().encode(self)).map({ Array($0) }) else {
      throw TrainingError(.storageFailed, "A checkpoint cannot be encoded.")
    }
    let values = stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<min(start + 8, bytes.count)].enumerated().reduce(Int64(0)) { sum, byte in
        sum | Int64(bitPattern: UInt64(byte.element) << UInt64(8 * byte.offset))
      }
    }
    checkpoint.state.counters["head.bytes"] = bytes.count
    _ = checkpoint.tensors.insert(NamedTensors.Integers(shape: [values.count], values: values), as: "head")
  }

  /// What was stored; `nil` when there is nothing that fits a trainer of the same job.
  static func restored(from checkpoint: Checkpoint, like trainer: HeadTrainer) -> HeadTrainer? {
    guard let count = checkpoint.state.counters["head.bytes"], let values = checkpoint.tensors.integers("head")?.values,
      count > 0, count <= values.count * 8
    else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 8)
    for value in values { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
    guard let restored = try? JSONDecoder().decode(HeadTrainer.self, from: Data(bytes.prefix(count))),
      restored.slots == trainer.slots, restored.dimension == trainer.dimension,
      restored.modelDigest == trainer.modelDigest
    else { return nil }
    return restored
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
        .prepare: Double(missing), .clean: clean * n * headStep, .augmented: augmented * n * (1 + 20 * headStep),
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
