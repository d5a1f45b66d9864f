import Calibration
import Testing

@testable import Evaluation

@Suite struct RuleMeasuresTests {
  /// Two people; strangers follow as groups 2 and on.
  private static func measure(_ outcomes: [ProbeOutcome], groups: Int = 200) throws -> RuleMeasures {
    try #require(try RuleMeasures.measure(rule: "gallery", outcomes, people: 2, groups: groups, draws: 200))
  }

  private static func strangers(_ scores: [Float], named: Float) -> [ProbeOutcome] {
    scores.enumerated().map { index, score in
      ProbeOutcome(
        person: nil, group: Int32(2 + index), best: 0, score: score, named: score >= named ? 0 : nil, probability: score
      )
    }
  }

  @Test func countsMissesWrongNamesAndStrangers() throws {
    // 100 strangers from 0.00 to 0.99: one may be named at 1 %, so the threshold is just above 0.98.
    let strangers = Self.strangers((0..<100).map { Float($0) / 100 }, named: 0.95)
    let known = [
      ProbeOutcome(person: 0, group: 0, best: 0, score: 0.99, named: 0, rank: 1),
      ProbeOutcome(person: 0, group: 0, best: 0, score: 0.98, named: 0, rank: 1),
      ProbeOutcome(person: 0, group: 0, best: 1, score: 0.995, named: 1, rank: 2),
      ProbeOutcome(person: 1, group: 1, best: 1, score: 0.5, named: nil, rank: 1),
      ProbeOutcome(person: 1, group: 1),
    ]
    let measures = try Self.measure(known + strangers)
    #expect(measures.rank1.value == 0.6 && measures.ranks[1] == 0.8 && measures.ranks[9] == 0.8)
    let curve = try #require(measures.curve)
    // 3 / 100 strangers can speak of 0.1 but not of 0.01.
    #expect(curve.held.map(\.falseRate) == [0.1] && curve.smallestFalseRate == 0.03)
    // Ten may be named: from 0.90 on.
    #expect(curve.held[0].missRate.errors == 3 && curve.held[0].missRate.comparisons == 5)
    #expect(try #require(curve.held[0].threshold) == Float(0.89).nextUp)
    #expect(measures.wrongNames[0].rate.errors == 1)
    #expect(measures.decisions.right.value == 0.4 && measures.decisions.wrong.value == 0.2)
    #expect(measures.decisions.unknown.value == 0.4)
    #expect(measures.decisions.strangersNamed?.errors == 5)
    #expect(measures.people.map(\.probes) == [3, 2] && measures.people.map(\.wrong) == [1, 0])
    #expect(measures.people[0].lowest == 0.98 && measures.people[1].median == 0.5)
    #expect(measures.confusions.contains(Confusion(person: 0, named: 1, count: 1)))
    #expect(measures.confusions.contains(Confusion(person: nil, named: 0, count: 5)))
    #expect(measures.confusions.reduce(0) { $0 + $1.count } == 105)
  }

  @Test func worksWithoutStrangers() throws {
    let measures = try Self.measure([ProbeOutcome(person: 0, group: 0, best: 0, score: 0.9, named: 0)], groups: 2)
    #expect(measures.curve == nil && measures.decisions.strangersNamed == nil && measures.wrongNames.isEmpty)
    #expect(measures.ranks.isEmpty && measures.rank1.value == 1 && measures.rank1.low < 0.1)
  }

  @Test func needsSomebodyKnown() throws {
    #expect(try RuleMeasures.measure(rule: "x", Self.strangers([0.1], named: 1), people: 0, groups: 3, draws: 5) == nil)
    #expect(try RuleMeasures.measure(rule: "x", [], people: 0, groups: 0, draws: 5) == nil)
  }

  @Test func onePersonAndOneStranger() throws {
    let measures = try Self.measure(
      [ProbeOutcome(person: 0, group: 0, best: 0, score: 0.9, named: 0)] + Self.strangers([0.2], named: 0.5), groups: 3)
    #expect(measures.curve?.equalErrorRate.value == 0 && measures.curve?.held.isEmpty == true)
  }
}
