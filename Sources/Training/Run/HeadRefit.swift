internal import Decisions
internal import FaceModels
internal import Networks

/// Fits an accepted head once more, to the held-out crops too: what judged it is as good to learn from as the rest.
///
/// What was judged stays in the head (``SoftmaxHead/judgedHead``), since the next one has to be compared with one that has not
/// seen the held-out crops either.
struct HeadRefit {
  let context: JobContext
  let embedder: NetworkEmbedder
  /// Clean embeddings of every sample.
  let embeddings: [Int64: [Float]]

  private static let strangers = 1000
  /// More strangers than before, as a share of them, that may get a name by the rule `hybrid`, and by the classifier alone, whose
  /// calibration is made anew.
  private static let slack = (hybrid: 0.01, classifier: 0.05)

  /// The head that is to be used, and the report with whether it is another than the one that was judged.
  func run(_ judged: HeadStage.Result, _ report: TrainingReport) throws -> (head: SoftmaxHead, report: TrainingReport) {
    guard report.accepted, !context.teaching.judging.isEmpty else { return (judged.head, report) }
    let all = context.onEverything
    let clean = all.teaching.samples.compactMap { embeddings[$0.id] }
    guard clean.count == all.teaching.samples.count else { return (judged.head, report) }
    let rows = all.teaching.rows
    let draws = try draws(judged.draws, all)
    var (features, labels) = (clean, rows)
    draws.append(to: &features, &labels, rows: rows)
    let head: SoftmaxHead
    do {
      let fitted = try all.headRecipe.short(features, labels, previous: judged.head)
      head = try all.headRecipe.calibrated(fitted, clean, rows, draws)
    } catch is TrainingError {
      return (judged.head, report)
    }
    guard try !isWorse(head, than: judged.head, clean, rows) else { return (judged.head, report) }
    var changed = report
    changed.refitted = true
    return (head.with(judged: judged.head), changed)
  }

  /// The draws for all samples: those that were made, and the same epochs' of the held-out ones.
  private func draws(_ old: HeadStage.Draws, _ all: JobContext) throws -> HeadStage.Draws {
    var places: [Int64: Int] = [:]
    for (place, sample) in context.teaching.samples.enumerated() { places[sample.id] = place }
    var result = HeadStage.Draws()
    for (epoch, drawn) in old.epochs {
      let made = try context.crops.embeddings(
        context.teaching.judging, context.look(.augmented, epoch: epoch), embedder: embedder
      ) { _ in }
      var missing = made.makeIterator()
      var found: [Int64: [Float]] = [:]
      for sample in context.teaching.judging { found[sample.id] = missing.next() ?? nil }
      result.add(
        all.teaching.samples.map { sample in places[sample.id].map { drawn[$0] } ?? found[sample.id] }, epoch: epoch)
    }
    return result
  }

  /// Whether strangers get a name more often than from the head that was judged, by more than chance and by more than the
  /// slack. Both are asked with all faces in the gallery, as `identify` will have them.
  private func isWorse(
    _ head: SoftmaxHead, than judged: SoftmaxHead, _ clean: [[Float]], _ rows: [Int]
  ) throws -> Bool {
    let teaching = context.teaching
    var strangers = teaching.judgingNegatives.compactMap { embeddings[$0.id] }
    if strangers.isEmpty {
      strangers = StrangerCohort(clean, rows: rows, subjects: teaching.slots.count)
        .draw(Self.strangers, seed: SeededRandom.mixed(context.settings.seed, 80))
    }
    var templates = [[[Float]]](repeating: [], count: teaching.slots.count)
    for (embedding, row) in zip(clean, rows) where row < teaching.slots.count { templates[row].append(embedding) }
    func verdicts(_ head: SoftmaxHead) throws -> [Verdict] {
      let deciding = RuleVerdicts(
        numbers: teaching.slots, templates: templates, modelDigest: context.run.modelDigest, head: head)
      return try strangers.map { stranger in
        try context.checkpoint()
        return deciding.verdict(stranger)
      }
    }
    let (old, new) = (try verdicts(judged), try verdicts(head))
    guard Verdicts(heldOut: [], strangers: new).isFinite else { return true }
    let threshold = DecisionQuality.threshold(old)
    func isWorse(_ slack: Double, _ isRight: (Verdict) -> Bool) -> Bool {
      let (before, after) = (old.map(isRight), new.map(isRight))
      let lost = Double(before.count { $0 } - after.count { $0 }) / Double(max(1, old.count))
      return lost > slack && AcceptanceGate.isWorse(before, after)
    }
    return isWorse(Self.slack.hybrid) { $0.score <= threshold }
      || isWorse(Self.slack.classifier) { $0.classified == nil }
  }
}
