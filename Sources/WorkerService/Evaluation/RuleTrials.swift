internal import Decisions
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

/// The rules of an identification on a gallery and a head in memory.
struct RuleTrials: Sendable {
  /// What came of one rule.
  struct Measured: Sendable {
    let rule: DecisionRule
    let outcomes: [ProbeOutcome]
    let report: IdentificationReport.Rule
  }

  static let all: [DecisionRule] = [.gallery, .classifier, .seed, .hybrid]
  /// Candidates looked at: what is reported of the right person's place.
  private static let depth = 10
  private static let batch = 256

  private let rules: [DecisionRule]
  private let index: GalleryIndex
  private let matchRules: MatchRules
  /// Trained on the enrolled photos; `nil` when no rule needs one, or they do not make one.
  let head: TrialHead?

  init(
    _ data: IdentificationData, _ rules: [DecisionRule], _ model: ModelIdentity, _ matchRules: MatchRules,
    checkpoint: () throws -> Void
  ) throws {
    (self.rules, self.matchRules) = (rules, matchRules)
    // Ids are positions: names of folders need not be ids that a gallery takes.
    index = GalleryIndex(
      model: model,
      subjects: data.people.enumerated().map { index, embeddings in
        MemorySubject(number: Int64(index) + 1, id: "\(index)", embeddings: embeddings)
      })
    head = rules.contains { $0 != .gallery } ? try TrialHead(data.people, model, checkpoint: checkpoint) : nil
  }

  /// Tries the rules one after the other.
  func measure(_ data: IdentificationData, draws: Int, checkpoint: () throws -> Void) throws -> [Measured] {
    let probes = try decisionProbes(data.probes.map(\.face), checkpoint)
    let again =
      rules.contains(.hybrid)
      ? try decisionProbes(
        data.probes.map { probe in probe.face.flatMap { $0.joined(with: $0.otherViews) } }, checkpoint) : []
    return try rules.map { rule in
      try checkpoint()
      guard head != nil || rule == .gallery || rule == .hybrid else {
        let reason = "The enrolled photos do not make a classifier: it needs two people or more."
        return Measured(rule: rule, outcomes: [], report: .init(rule: rule.rawValue, skipped: reason))
      }
      let trial = RuleTrial(rule, matchRules, subjects: index.subjectCount)
      let outcomes = data.probes.enumerated().map { place, probe in
        let other = again.indices.contains(place) ? again[place] : nil
        return probes[place].map { trial.outcome($0, again: other, person: probe.person, group: probe.group) }
          ?? ProbeOutcome(person: probe.person, group: probe.group)
      }
      let measures = try RuleMeasures.measure(
        rule: rule.rawValue, outcomes, people: data.people.count, groups: data.groups, draws: draws,
        checkpoint: checkpoint)
      let scores = ScoreBins(
        genuine: outcomes.filter(\.isRight).map(\.score),
        impostor: outcomes.filter { $0.person == nil }.map(\.score))
      return Measured(
        rule: rule, outcomes: outcomes, report: .init(rule: rule.rawValue, measures: measures, scores: scores))
    }
  }

  /// What gallery and head say of each face; `nil` where there is none.
  private func decisionProbes(
    _ faces: [DecisionFace?], _ checkpoint: () throws -> Void
  ) throws -> [DecisionProbe?] {
    var result: [DecisionProbe?] = []
    result.reserveCapacity(faces.count)
    for start in stride(from: 0, to: faces.count, by: Self.batch) {
      try checkpoint()
      let part = faces[start..<min(start + Self.batch, faces.count)]
      let made = try DecisionProbe.make(part.compactMap { $0 }, topK: Self.depth, index: index, head: head?.head)
      var answers = made.makeIterator()
      for face in part { result.append(face == nil ? nil : answers.next()) }
    }
    return result
  }
}
