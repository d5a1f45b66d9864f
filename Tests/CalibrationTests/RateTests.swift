import Foundation
import Testing

@testable import Calibration

@Suite struct RateTests {
  /// Against binomial sums inverted by bisection in double precision (Python).
  @Test(
    arguments: [
      (0, 10, 0, 0.3084971078187608), (0, 1000, 0, 0.0036820838968656716),
      (1, 10, 0.002528578544461781, 0.44501611702819543), (3, 50, 0.012548587835335044, 0.16548194660377355),
      (50, 1000, 0.03733539760462627, 0.0653904879154915), (10, 10, 0.6915028921812355, 1),
      (120, 1_200_000, 8.291061187920135e-05, 0.00011957431741260923),
    ] as [(Int, Int, Double, Double)])
  func clopperPearson(errors: Int, trials: Int, low: Double, high: Double) {
    let interval = ClopperPearson.interval(errors: errors, trials: trials)
    #expect(abs(interval.low - low) <= 1e-6 * max(low, 1e-9), "\(interval.low)")
    #expect(abs(interval.high - high) <= 1e-6 * high, "\(interval.high)")
  }

  @Test func zeroErrorsFollowTheRuleOfThree() {
    for trials in [100, 10_000, 5_000_000, 2_000_000_000] {
      let high = ClopperPearson.interval(errors: 0, trials: trials).high
      #expect(abs(high * Double(trials) - 3.689) < 0.07)
    }
  }

  @Test func logGammaMatchesFactorials() {
    var sum = 0.0
    for n in 1...40 {
      #expect(abs(ClopperPearson.logGamma(Double(n)) - sum) <= 1e-11 * max(1, sum))
      sum += log(Double(n))
    }
    #expect(abs(ClopperPearson.logGamma(0.5) - log(Double.pi.squareRoot())) < 1e-12)
  }

  /// Scores in which a subject's likeness to everybody counts: the interval must hold the true rate about as often as it
  /// says, which one that takes comparisons for independent does not.
  @Test func bootstrapBySubjectCoversTheTrueRate() {
    let (subjects, samples, trials) = (50, 3, 120)
    let (wolf, noise) = (0.06, 0.08)
    let threshold: Float = 0.25
    let truth = SyntheticScores.above(
      Double(threshold), mean: 0, deviation: (2 * wolf * wolf + noise * noise).squareRoot())
    var covered = 0
    var coveredByIndependence = 0
    for trial in 0..<trials {
      var scores = SyntheticScores(seed: UInt64(trial) * 7919 + 1)
      let effects = (0..<subjects).map { _ in wolf * scores.normal() }
      var tally = SubjectTally(subjects: subjects, threshold: threshold)
      for a in 0..<subjects {
        for b in 0..<a {
          for _ in 0..<samples * samples {
            tally.add(Float(effects[a] + effects[b] + noise * scores.normal()), Int32(a), Int32(b))
          }
        }
      }
      guard let rate = SubjectBootstrap.impostorRate(tally.impostor) else {
        Issue.record("no rate")
        return
      }
      #expect(rate.comparisons == subjects * (subjects - 1) / 2 * samples * samples)
      if rate.low <= truth, truth <= rate.high { covered += 1 }
      let independent = ClopperPearson.interval(errors: rate.errors, trials: rate.comparisons)
      if independent.low <= truth, truth <= independent.high { coveredByIndependence += 1 }
    }
    #expect(covered >= trials * 88 / 100, "\(covered) of \(trials)")
    #expect(coveredByIndependence < trials * 75 / 100, "\(coveredByIndependence) of \(trials)")
  }

  @Test func sameDataGiveTheSameInterval() throws {
    var tally = SubjectTally(subjects: 6, threshold: 0.5)
    for a in 0..<6 { for b in 0...a { tally.add(Float(a * b % 7) / 7, Int32(a), Int32(b)) } }
    let first = try #require(SubjectBootstrap.impostorRate(tally.impostor))
    #expect(SubjectBootstrap.impostorRate(tally.impostor) == first)
    let genuine = try #require(SubjectBootstrap.genuineRate(tally.genuine))
    #expect(genuine.comparisons == 6)
    #expect(genuine.low <= genuine.value && genuine.value <= genuine.high)
  }

  /// Rows of scores count as the same comparisons one by one.
  @Test func rowsCountLikeSingleComparisons() {
    let subjects: [Int32] = [0, 1, 0, 2, 1, 5]
    let scores: [Float] = [0.1, 0.9, 0.6, 0.5, 0.2, 0.7]
    var rows = SubjectTally(subjects: 3, threshold: 0.5)
    var single = rows
    subjects.withUnsafeBufferPointer { subjects in
      scores.withUnsafeBufferPointer { rows.add(subject: 1, subjects: subjects, scores: $0) }
    }
    for (subject, score) in zip(subjects, scores) { single.add(score, 1, subject) }
    #expect(rows.impostor.map(\.errors) == single.impostor.map(\.errors))
    #expect(rows.impostor.map(\.comparisons) == [2, 3, 1])
    #expect(single.impostor.map(\.comparisons) == [2, 3, 1])
    #expect(rows.genuine.map(\.errors) == [0, 1, 0])
    #expect(single.genuine.map(\.errors) == [0, 1, 0])
  }
}
