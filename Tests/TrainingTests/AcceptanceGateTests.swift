import Testing

@testable import Training

@Suite struct AcceptanceGateTests {
  /// Verdicts that are right for all but `wrong` of the held-out crops, with strangers far below.
  private static func verdicts(_ subjects: [Int64], wrong: Set<Int> = [], probability: Double? = 0.95) -> Verdicts {
    Verdicts(
      heldOut: subjects.enumerated().map { index, subject in
        wrong.contains(index)
          ? Verdict(subject: subject + 1, score: 0.5, probability: probability)
          : Verdict(subject: subject, score: 0.9, probability: probability)
      },
      strangers: (0..<200).map { Verdict(subject: 1, score: Double($0) / 1000, probability: probability) })
  }

  private let subjects = (0..<60).map { Int64($0 % 6 + 1) }

  private func refusals(_ before: Verdicts, _ after: Verdicts) -> [Refusal.Code] {
    AcceptanceGate(subjects: subjects, classes: 6).refusals(before: before, after: after).map(\.code)
  }

  @Test func equalOrBetterIsTaken() {
    let (all, some) = (Self.verdicts(subjects), Self.verdicts(subjects, wrong: [1, 2]))
    #expect(refusals(all, all).isEmpty)
    #expect(refusals(some, all).isEmpty)
  }

  @Test func aLossWithinChanceIsTakenAndABeyondItIsNot() {
    let all = Self.verdicts(subjects)
    #expect(refusals(all, Self.verdicts(subjects, wrong: [1, 2, 3])).isEmpty)
    let codes = refusals(all, Self.verdicts(subjects, wrong: Set(0..<12)))
    #expect(codes.contains(.accuracyFell) && codes.contains(.moreMisses))
  }

  @Test func missesCountWithoutWrongNames() {
    var after = Self.verdicts(subjects)
    // All right, but a few strangers score higher than most of the subjects.
    for index in 0..<4 { after.strangers[index].score = 0.95 }
    #expect(refusals(Self.verdicts(subjects), after) == [.moreMisses])
  }

  @Test func guessingIsRefusedWhateverWasBefore() {
    let none = Verdicts(
      heldOut: subjects.map { _ in Verdict(subject: nil, score: -1) }, strangers: [Verdict(subject: nil, score: -1)])
    let after = Self.verdicts(subjects, wrong: Set(0..<60).subtracting([3, 9, 15, 21]))
    #expect(refusals(none, after).contains(.noBetterThanChance))
  }

  @Test func numbersThatAreNotFiniteAreRefused() {
    var after = Self.verdicts(subjects)
    after.heldOut[4].score = .nan
    #expect(refusals(Self.verdicts(subjects), after) == [.diverged])
  }

  @Test func boastingIsRefused() {
    let before = Self.verdicts(subjects, wrong: Set(0..<20), probability: 0.7)
    let after = Self.verdicts(subjects, wrong: Set(0..<20), probability: 1)
    #expect(refusals(before, after) == [.lessCalibrated])
  }

  @Test func aLittleMoreDoubtIsNoReason() {
    // All right before and after, at 0.97 and then 0.93: a rise of 0.04, sure as it is, is below the floor.
    let (before, after) = (Self.verdicts(subjects, probability: 0.97), Self.verdicts(subjects, probability: 0.93))
    #expect(refusals(before, after).isEmpty)
    #expect(refusals(before, Self.verdicts(subjects, probability: 0.8)) == [.lessCalibrated])
  }

  @Test func aRiseWithinItsErrorIsNoReason() {
    // Of twelve crops one more is stated surely and wrongly: more than the floor, but one crop's matter.
    let few = Array(subjects.prefix(12))
    let before = Self.verdicts(few, probability: 0.99)
    let after = Self.verdicts(few, wrong: [1], probability: 0.99)
    let gate = AcceptanceGate(subjects: few, classes: 6)
    let (old, new) = (DecisionQuality(before, subjects: few), DecisionQuality(after, subjects: few))
    let rise = (new.calibrationError ?? 0) - (old.calibrationError ?? 0)
    // Above the floor of 0.05, so that only its error speaks for it.
    #expect(rise > 0.055)
    #expect(!gate.refusals(before: before, after: after).map(\.code).contains(.lessCalibrated), "\(rise)")
  }

  @Test func calibrationIsTheClassifiersNotTheRules() {
    var verdicts = Self.verdicts(subjects, probability: 1)
    for index in verdicts.heldOut.indices { verdicts.heldOut[index].classified = nil }
    let quality = DecisionQuality(verdicts, subjects: subjects)
    #expect(quality.accuracy == 1 && quality.calibrationError == 1)
  }

  @Test func withoutHeldOutCropsNothingIsHeldAgainstIt() {
    let gate = AcceptanceGate(subjects: [], classes: 3)
    let some = Verdicts(heldOut: [], strangers: [Verdict(subject: 1, score: 0.3)])
    #expect(gate.refusals(before: some, after: some).isEmpty)
  }

  @Test func measuresAreThoseOfTheirDefinitions() {
    let quality = DecisionQuality(Self.verdicts(subjects, wrong: [0, 1, 2], probability: 0.9), subjects: subjects)
    #expect(quality.accuracy == 0.95 && quality.heldOut == 60 && quality.strangers == 200)
    #expect(quality.fnir == 0.05)
    #expect(abs((quality.calibrationError ?? 0) - 0.05) < 1e-9)
    // 2 of 200 strangers may pass: the third highest is the threshold.
    #expect(DecisionQuality.threshold(Self.verdicts(subjects).strangers) == 0.197)
    let bare = DecisionQuality(Self.verdicts(subjects, probability: nil), subjects: subjects)
    #expect(bare.calibrationError == nil)
  }

  @Test func binomialTailsAreExact() {
    // scipy.stats.binom.sf(k - 1, n, p)
    #expect(abs(SignTest.tail(atLeast: 5, of: 5, probability: 0.5) - 0.03125) < 1e-12)
    #expect(abs(SignTest.tail(atLeast: 14, of: 20, probability: 0.5) - 0.0576591491699219) < 1e-9)
    #expect(abs(SignTest.tail(atLeast: 3, of: 40, probability: 1.0 / 30) - 0.14759) < 5e-3)
    #expect(SignTest.tail(atLeast: 0, of: 3, probability: 0.2) == 1)
    #expect(SignTest.tail(atLeast: 1100, of: 2000, probability: 0.5) < 1e-4)
  }
}
