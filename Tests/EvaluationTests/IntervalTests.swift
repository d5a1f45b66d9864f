import Calibration
import TestSupport
import Testing

@testable import Evaluation

/// Intervals, folds, probabilities.
@Suite struct IntervalTests {
  /// People with `photos` comparisons each, whose scores share a part of their own.
  private static func people(_ count: Int, photos: Int, spread: Float, seed: UInt64) -> TrialSet {
    var random = SeededGenerator(seed: seed)
    var set = TrialSet()
    for person in 0..<count {
      let own = Float.random(in: -spread...spread, using: &random)
      for _ in 0..<photos {
        set.add(
          Trial(score: 0.6 + own + Float.random(in: -0.2...0.2, using: &random), first: Int32(person)), isGenuine: true)
        let other = Int32((person + 1) % count)
        set.add(
          Trial(score: 0.3 + Float.random(in: -0.2...0.2, using: &random), first: Int32(person), second: other),
          isGenuine: false)
      }
    }
    return set
  }

  private static func measure(_ set: TrialSet, people: Int, draws: Int = 400) throws -> CurveMeasures {
    try #require(
      try CurveMeasures.measure(set, people: PeopleDraws(set, people: people), fixed: 0.45, draws: draws))
  }

  @Test func intervalsHoldTheirValue() throws {
    let measures = try Self.measure(Self.people(40, photos: 10, spread: 0.2, seed: 5), people: 40)
    let equal = measures.equalErrorRate
    #expect(equal.low <= equal.value && equal.value <= equal.high && equal.low < equal.high)
    #expect(measures.held.map(\.falseRate) == [0.1, 0.01])
    for held in measures.held {
      #expect(held.missRate.low <= held.missRate.value && held.missRate.value <= held.missRate.high)
    }
    let fixed = try #require(measures.fixed)
    #expect(fixed.missRate.comparisons == 400 && fixed.falseRate.comparisons == 400)
    #expect(measures.band.count > 10)
  }

  @Test func fewPeopleSayLessThanMany() throws {
    // As many comparisons, but of fewer people who differ: the intervals must be wider.
    let few = try Self.measure(Self.people(10, photos: 80, spread: 0.3, seed: 6), people: 10)
    let many = try Self.measure(Self.people(400, photos: 2, spread: 0.3, seed: 6), people: 400)
    let (a, b) = (try #require(few.fixed).missRate, try #require(many.fixed).missRate)
    #expect(a.high - a.low > 1.5 * (b.high - b.low))
  }

  @Test func theSameDataGiveTheSameIntervals() throws {
    let set = Self.people(20, photos: 5, spread: 0.2, seed: 8)
    #expect(try Self.measure(set, people: 20) == Self.measure(set, people: 20))
  }

  @Test func onePersonGetsTheExactInterval() throws {
    let set = TrialSet(
      genuine: (0..<20).map { Trial(score: Float($0) / 20, first: 0) },
      impostor: (0..<20).map { Trial(score: Float($0) / 40, first: 0) })
    let measures = try Self.measure(set, people: 1)
    let rate = try #require(measures.fixed).missRate
    let exact = ClopperPearson.interval(errors: rate.errors, trials: 20)
    #expect(rate.low == exact.low && rate.high == exact.high)
    #expect(measures.band.isEmpty)
  }

  @Test func noErrorsAreNotCertainty() throws {
    let set = TrialSet(
      genuine: (0..<30).map { Trial(score: 0.9, first: $0) }, impostor: (0..<30).map { Trial(score: 0.1, first: $0) })
    let measures = try Self.measure(set, people: 30)
    #expect(measures.equalErrorRate.value == 0 && measures.equalErrorRate.high > 0.1)
    #expect(try #require(measures.fixed).falseRate.high > 0.1)
  }

  @Test func peopleOutsideOfTheListDoNoHarm() throws {
    let set = TrialSet(
      genuine: [Trial(score: 0.9, first: 99), Trial(score: 0.8, first: -3)], impostor: [Trial(score: 0.1, first: .max)])
    let measures = try CurveMeasures.measure(set, people: PeopleDraws(set, people: 2), fixed: nil, draws: 10)
    #expect(measures?.genuine == 2)
  }

  @Test func stopsWhenToldTo() {
    struct Stop: Error {}
    let set = Self.people(10, photos: 5, spread: 0.2, seed: 1)
    #expect(throws: Stop.self) {
      try CurveMeasures.measure(set, people: PeopleDraws(set, people: 10), fixed: nil, draws: 100) { throw Stop() }
    }
  }

  @Test func foldsAreDecidedWithoutThemselves() throws {
    // All pairs of one fold's people score low: right there is only what is right without them.
    var set = TrialSet()
    for index in 0..<100 {
      set.add(Trial(score: index < 10 ? 0.2 : 0.9, first: 0), isGenuine: true)
      set.add(Trial(score: 0.1 + Float(index % 10) * 0.02, first: 0, second: 1), isGenuine: false)
    }
    let accuracy = try #require(FoldAccuracy(set))
    #expect(accuracy.best == 0.95 && abs(accuracy.bestThreshold - 0.59) < 1e-6)
    let mean = try #require(accuracy.mean)
    #expect(accuracy.folds == 10 && abs(mean - 0.95) < 1e-12)
    // Of ten shares one is 0.5 and the others are 1.
    let error = try #require(accuracy.standardError)
    #expect(abs(error - 0.05) < 1e-12)
    #expect(FoldAccuracy(TrialSet(genuine: set.genuine)) == nil)
    #expect(try #require(FoldAccuracy(set, folds: 1000)).mean == nil)
  }

  @Test func reliabilityCountsWhatWasSaid() throws {
    let statements =
      (0..<100).map { Reliability.Statement(probability: 0.85, isRight: $0 < 85) }
      + (0..<50).map { Reliability.Statement(probability: 0.25, isRight: $0 < 25) }
      + [
        .init(probability: .nan, isRight: true), .init(probability: 1, isRight: true),
        .init(probability: -4, isRight: false),
      ]
    let reliability = try #require(Reliability(statements))
    #expect(reliability.bins[8].count == 100 && abs(reliability.bins[8].seen - 0.85) < 1e-12)
    #expect(reliability.bins[2].seen == 0.5 && reliability.bins[9].count == 1 && reliability.bins[0].count == 1)
    #expect(abs(reliability.expectedError - 50 * 0.25 / 152) < 1e-9)
    #expect(Reliability([]) == nil)
  }

  @Test func binsHoldEveryFiniteScore() throws {
    let bins = try #require(ScoreBins(genuine: [0.1, 0.9, .infinity], impostor: [Trial.never, 0.2, .nan], bins: 8))
    #expect(bins.genuine.reduce(0, +) == 2 && bins.impostor.reduce(0, +) == 1)
    #expect(ScoreBins(genuine: [Trial.never], impostor: []) == nil)
    #expect(ScoreBins(genuine: [0.5], impostor: [])?.genuine.reduce(0, +) == 1)
  }
}
