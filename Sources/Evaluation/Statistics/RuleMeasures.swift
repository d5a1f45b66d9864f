package import Calibration

/// What one decision rule does to known people and to strangers, with 95 % intervals.
package struct RuleMeasures: Codable, Sendable, Equatable {
  /// What becomes of probes at the rule's own thresholds.
  package struct Decisions: Codable, Sendable, Equatable {
    /// Known people: named rightly, given another's name, and not named. The errors are these probes.
    package var right: Rate
    package var wrong: Rate
    package var unknown: Rate
    /// Strangers who were given a name; absent without strangers.
    package var strangersNamed: Rate?
  }

  /// The share of known people who get another's name where the share of named strangers is held.
  package struct WrongNames: Codable, Sendable, Equatable {
    package var falseRate: Double
    package var rate: Rate
  }

  package var rule: String
  /// Known people whose probe has the right name in front, whatever the score.
  package var rank1: Rate
  /// The share of known people's probes whose right name is among the first 1, 2, 3...; empty where ranks are not known.
  package var ranks: [Double]
  /// False positives are strangers who are named (FPIR), misses are known people not named rightly (FNIR); absent without
  /// strangers.
  package var curve: CurveMeasures?
  package var wrongNames: [WrongNames]
  package var decisions: Decisions
  package var reliability: Reliability?
  package var people: [PersonRow]
  package var confusions: [Confusion]

  /// Measures; `nil` without a probe of a known person.
  ///
  /// - Parameters:
  ///   - people: how many are enrolled.
  ///   - groups: how many people and strangers there are for intervals; strangers come after the enrolled people.
  package static func measure(
    rule: String, _ outcomes: [ProbeOutcome], people: Int, groups: Int, draws: Int,
    checkpoint: () throws -> Void = {}
  ) throws -> RuleMeasures? {
    let known = outcomes.filter { $0.person != nil }
    let strangers = outcomes.filter { $0.person == nil }
    guard !known.isEmpty else { return nil }
    let set = TrialSet(genuine: known.map(\.trial), impostor: strangers.map(\.trial))
    let drawn = PeopleDraws(set, people: groups) { $0 >= people }
    let curve = try CurveMeasures.measure(
      set, people: drawn, fixed: nil, draws: draws, checkpoint: checkpoint)
    func rate(_ probes: [ProbeOutcome], _ isError: (ProbeOutcome) -> Bool) -> Rate {
      PersonRates.rate(probes, draws: draws, isError)
    }
    let wrong = (curve?.held ?? []).map { held in
      WrongNames(
        falseRate: held.falseRate,
        rate: rate(known) { !$0.isRight && $0.best != nil && $0.score >= held.threshold ?? -.infinity })
    }
    return RuleMeasures(
      rule: rule, rank1: rate(known) { $0.isRight }, ranks: ranks(known), curve: curve, wrongNames: wrong,
      decisions: Decisions(
        right: rate(known) { $0.named != nil && $0.named == $0.person },
        wrong: rate(known) { $0.named != nil && $0.named != $0.person },
        unknown: rate(known) { $0.named == nil },
        strangersNamed: strangers.isEmpty ? nil : rate(strangers) { $0.named != nil }),
      reliability: Reliability(
        outcomes.compactMap { outcome in
          outcome.probability.map { .init(probability: Double($0), isRight: outcome.isRight) }
        }),
      people: PersonRow.rows(known, people: people), confusions: Confusion.count(outcomes))
  }

  private static let listedRanks = 10

  private static func ranks(_ known: [ProbeOutcome]) -> [Double] {
    guard known.contains(where: { $0.rank != nil }) else { return [] }
    return (1...listedRanks).map { rank in
      Double(known.count { $0.rank.map { $0 <= rank } ?? false }) / Double(known.count)
    }
  }
}
