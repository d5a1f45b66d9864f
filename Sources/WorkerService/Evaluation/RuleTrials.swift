internal import Evaluation
internal import GalleryStore
internal import Protocol

/// The embeddings of an identification.
struct IdentificationData: Sendable {
  /// Of the enrolled people.
  let names: [String]
  /// The embeddings each was enrolled with; empty where no photo could be used.
  let people: [[[Float]]]
  let probes: [EmbeddedProbe]
  /// People and strangers, for intervals.
  let groups: Int
}

/// The rules of an identification, ready to be tried.
struct RuleTrials: Sendable {
  /// What came of one rule.
  struct Measured: Sendable {
    let rule: DecisionRule
    let outcomes: [ProbeOutcome]
    let report: IdentificationReport.Rule
  }

  private let rules: [DecisionRule]
  private let gallery: GalleryRuleTrial

  init(_ data: IdentificationData, _ rules: [DecisionRule]?, _ models: ActiveModels, _ engine: Engine) throws {
    self.rules = rules ?? [.gallery]
    // Ids are positions: names of folders need not be ids that a gallery takes.
    let subjects = data.people.enumerated().map { index, embeddings in
      MemorySubject(number: Int64(index) + 1, id: "\(index)", embeddings: embeddings)
    }
    gallery = GalleryRuleTrial(
      index: GalleryIndex(model: models.identity, subjects: subjects),
      positions: Dictionary(uniqueKeysWithValues: data.people.indices.map { ("\($0)", Int32(clamping: $0)) }),
      rules: try engine.matchRules(models))
  }

  /// Tries the rules one after the other.
  func measure(
    _ data: IdentificationData, draws: Int, checkpoint: () throws -> Void
  ) throws -> (rules: [Measured], training: [TrainingPoint]?) {
    let measured = try rules.map { rule -> Measured in
      guard rule == .gallery else {
        let reason = "This worker has no classifier to try the rule with."
        return Measured(rule: rule, outcomes: [], report: .init(rule: rule.rawValue, skipped: reason))
      }
      let outcomes = try gallery.outcomes(data.probes, checkpoint: checkpoint)
      let measures = try RuleMeasures.measure(
        rule: rule.rawValue, outcomes, people: data.people.count, groups: data.groups, draws: draws,
        checkpoint: checkpoint)
      return Measured(
        rule: rule, outcomes: outcomes,
        report: .init(
          rule: rule.rawValue, measures: measures,
          scores: ScoreBins(
            genuine: outcomes.filter(\.isRight).map(\.score),
            impostor: outcomes.filter { $0.person == nil }.map(\.score))))
    }
    return (measured, nil)
  }
}

/// What every rule said of every probe, as lines of text.
struct ProbeList: Sendable {
  private let photos: [String]
  private let names: [String]
  private let probes: [Int32?]
  private let measured: [RuleTrials.Measured]

  init(set: IdentificationSet, outcomes: [RuleTrials.Measured]) {
    photos = set.probes.map(\.photo.shown)
    names = set.people.map(\.name)
    probes = set.probes.map(\.person)
    measured = outcomes
  }

  var bytes: [UInt8] {
    var csv = CSVText(["photo", "person", "rule", "first", "score", "named", "probability", "rank"])
    func name(_ person: Int32?) -> String {
      guard let person, names.indices.contains(Int(person)) else { return "" }
      return names[Int(person)]
    }
    for rule in measured {
      for (index, outcome) in rule.outcomes.enumerated() where photos.indices.contains(index) {
        csv.add([
          photos[index], name(outcome.person), rule.rule.rawValue, name(outcome.best),
          outcome.score.isFinite ? "\(outcome.score)" : "", name(outcome.named),
          outcome.probability.map { "\($0)" } ?? "", outcome.rank.map { "\($0)" } ?? "",
        ])
      }
    }
    return csv.bytes
  }
}
