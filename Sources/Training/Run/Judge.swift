internal import Decisions

/// Asks what is in use and what was trained about held-out crops and strangers, and lets the gate decide.
struct Judge {
  let context: JobContext
  /// Embeddings under the recognizer in use, and under the tuned one.
  let before: [Int64: [Float]]
  let after: [Int64: [Float]]
  let head: SoftmaxHead

  /// Made-up strangers that judge.
  private static let strangers = 1000

  func report(_ state: Checkpoint.State, resumed: Bool) throws -> TrainingReport {
    let teaching = context.teaching
    context.meter.begin(.judge, epochs: 1)
    let old = try verdicts(before, head: previousHead)
    let new = try verdicts(after, head: head)
    let gate = AcceptanceGate(subjects: teaching.judgingSubjects, classes: teaching.slots.count)
    let refusals = gate.refusals(before: old, after: new)
    context.meter.step(epoch: 1, step: 1, steps: 1, images: 0, cost: 1)
    return TrainingReport(
      accepted: refusals.isEmpty, reasons: refusals,
      before: DecisionQuality(old, subjects: teaching.judgingSubjects),
      after: DecisionQuality(new, subjects: teaching.judgingSubjects), subjects: teaching.slots.count,
      samples: teaching.samples.count, heldOut: teaching.judging.count,
      subjectsWithoutHeldOut: teaching.subjectsWithoutHeldOut, unusable: teaching.unusable,
      strangers: teaching.judgingNegatives.isEmpty ? .synthetic : .negatives, resumed: resumed, curve: state.curve,
      refitted: false)
  }

  private var previousHead: SoftmaxHead? {
    guard let head = context.run.set.previousHead?.judgedHead, head.modelDigest == context.run.modelDigest,
      head.dimension == self.head.dimension
    else { return nil }
    return head
  }

  /// The verdicts of the rule `hybrid` by the teaching crops, and by a head where there is one.
  private func verdicts(_ embeddings: [Int64: [Float]], head: SoftmaxHead?) throws -> Verdicts {
    let teaching = context.teaching
    let judged = teaching.judging.map { embeddings[$0.id] ?? [] }
    var strangers = teaching.judgingNegatives.compactMap { embeddings[$0.id] }
    let clean = teaching.samples.map { embeddings[$0.id] ?? [] }
    if strangers.isEmpty {
      strangers = StrangerCohort(clean, rows: teaching.rows, subjects: teaching.slots.count)
        .draw(Self.strangers, seed: SeededRandom.mixed(context.settings.seed, 78))
    }
    var templates = [[[Float]]](repeating: [], count: teaching.slots.count)
    for (embedding, row) in zip(clean, teaching.rows) where row < teaching.slots.count && !embedding.isEmpty {
      templates[row].append(embedding)
    }
    let deciding = RuleVerdicts(
      numbers: teaching.slots, templates: templates, modelDigest: context.run.modelDigest, head: head)
    func verdicts(_ probes: [[Float]]) throws -> [Verdict] {
      try probes.map { probe in
        try context.checkpoint()
        return deciding.verdict(probe)
      }
    }
    return Verdicts(heldOut: try verdicts(judged), strangers: try verdicts(strangers))
  }
}
