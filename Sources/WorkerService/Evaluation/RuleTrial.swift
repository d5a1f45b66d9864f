internal import Evaluation
internal import GalleryStore
internal import Protocol

/// A probe's embedding, or none where its photo could not be used.
struct EmbeddedProbe: Sendable {
  let person: Int32?
  let group: Int32
  let embedding: [Float]?
}

/// One way to decide who a probe is, tried on people who are enrolled nowhere.
protocol RuleTrial: Sendable {
  var rule: DecisionRule { get }
  /// What the rule says of each probe, in their order.
  func outcomes(_ probes: [EmbeddedProbe], checkpoint: () throws -> Void) throws -> [ProbeOutcome]
}

/// The gallery alone, as `identify` decides.
struct GalleryRuleTrial: RuleTrial {
  let rule = DecisionRule.gallery
  let index: GalleryIndex
  /// The position of each enrolled person by the id of candidates.
  let positions: [String: Int32]
  let rules: MatchRules

  /// Candidates looked at: what is reported of the right person's place.
  static let depth = 10
  private static let batch = 256

  func outcomes(_ probes: [EmbeddedProbe], checkpoint: () throws -> Void) throws -> [ProbeOutcome] {
    let threshold = rules.identificationThreshold(subjects: index.subjectCount)
    var outcomes: [ProbeOutcome] = []
    for start in stride(from: 0, to: probes.count, by: Self.batch) {
      try checkpoint()
      let part = probes[start..<min(start + Self.batch, probes.count)]
      let rows = try index.search(probes: part.flatMap { $0.embedding ?? [] }, topK: Self.depth)
      var answers = rows.makeIterator()
      for probe in part {
        let candidates = probe.embedding == nil ? [] : answers.next() ?? []
        outcomes.append(outcome(probe, candidates, threshold))
      }
    }
    return outcomes
  }

  private func outcome(
    _ probe: EmbeddedProbe, _ candidates: [GalleryCandidate], _ threshold: Float
  ) -> ProbeOutcome {
    let order = candidates.map { positions[$0.subject] }
    let best = order.first ?? nil
    let score = candidates.first?.score ?? Trial.never
    return ProbeOutcome(
      person: probe.person, group: probe.group, best: best, score: score, named: score >= threshold ? best : nil,
      probability: candidates.isEmpty ? nil : rules.calibrated(score),
      rank: probe.person.flatMap { person in order.firstIndex { $0 == person }.map { $0 + 1 } })
  }
}
