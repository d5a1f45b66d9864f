import Foundation
import Testing

@testable import Calibration

@Suite struct CalibrationDraftTests {
  /// Genuine scores around 0.6, impostors around 0.1, both normal with deviation 0.1.
  private func tally(impostors: Int, genuine: Int, seed: UInt64 = 9) -> ComparisonTally {
    var scores = SyntheticScores(seed: seed)
    var tally = ComparisonTally()
    for _ in 0..<impostors { tally.add(Float(0.1 + 0.1 * scores.normal()), isGenuine: false) }
    for _ in 0..<genuine { tally.add(Float(0.6 + 0.1 * scores.normal()), isGenuine: true) }
    return tally
  }

  /// Quantiles of the normal distribution: 2.326, 3.090 and 3.719 deviations.
  @Test func findsTheThresholdsOfAKnownDistribution() throws {
    let draft = try #require(CalibrationDraft(tally(impostors: 400_000, genuine: 2000), targetFMR: 1e-3))
    #expect(abs(Double(try #require(draft.threshold)) - 0.4090) < 0.004)
    #expect(abs(Double(try #require(draft.measuredScore(fmr: 1e-2))) - 0.3326) < 0.002)
    #expect(abs(Double(try #require(draft.measuredScore(fmr: 1e-4))) - 0.4719) < 0.012)
    #expect(draft.measuredScore(fmr: 1e-6) == nil)
    #expect(abs(draft.smallestFMR - 7.5e-6) < 1e-12)
    #expect(draft.curve.score(fmr: 1e-3) == Double(draft.threshold ?? 0))
    #expect(draft.logistic != nil)
  }

  @Test func theCurveRisesAndGoesOnBeyondWhatWasMeasured() throws {
    let curve = try #require(CalibrationDraft(tally(impostors: 20_000, genuine: 10), targetFMR: 1e-3)).curve
    #expect(curve.points.allSatisfy { $0.fmr >= 1e-3 })
    let scores = (0...120).map { curve.score(fmr: pow(10, -Double($0) / 10)) }
    #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(scores.allSatisfy { $0 <= 1 })
    // 4.265 deviations at 1e-5: the exponential tail asks for more than the normal one, and not for everything.
    #expect((0.5265 - 0.02...0.75).contains(curve.score(fmr: 1e-5)), "\(curve.score(fmr: 1e-5))")
  }

  @Test func refusesWhatTheDataCannotTell() throws {
    let few = try #require(CalibrationDraft(tally(impostors: 2_000, genuine: 100), targetFMR: 1e-3))
    #expect(few.threshold == nil)
    #expect(few.smallestFMR == 1.5e-3)
    #expect(few.record(SubjectTally(subjects: 2, threshold: 0), source: "collection", measuredAt: 0) == nil)
    let enough = try #require(CalibrationDraft(tally(impostors: 3_000, genuine: 100), targetFMR: 1e-3))
    #expect(enough.threshold != nil)
    #expect(CalibrationDraft(ComparisonTally(), targetFMR: 0.1) == nil)
  }

  @Test func aRecordIsSoundAndSurvivesJSON() throws {
    let draft = try #require(CalibrationDraft(tally(impostors: 5_000, genuine: 50), targetFMR: 0.01))
    let threshold = try #require(draft.threshold)
    var subjects = SubjectTally(subjects: 4, threshold: threshold)
    for a in 0..<4 { for b in 0...a { subjects.add(a == b ? 0.6 : 0.1, Int32(a), Int32(b)) } }
    let record = try #require(draft.record(subjects, source: "collection", measuredAt: 5))
    #expect(record.isSound)
    #expect(record.subjects == 4)
    #expect(record.fnmr?.errors == 0)
    let copy = try JSONDecoder().decode(CalibrationRecord.self, from: JSONEncoder().encode(record))
    #expect(copy == record)
    var damaged = record
    damaged.logistic?.slope = -1
    #expect(!damaged.isSound)
    damaged = record
    damaged.curve.points.reverse()
    #expect(!damaged.isSound)
    damaged = record
    damaged.threshold = 7
    #expect(!damaged.isSound)
  }
}
