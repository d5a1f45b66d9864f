/// Whether what was trained may take over from what is in use.
///
/// It need not be shown to be better: it must not be shown to be worse. With few held-out crops little can be shown, so
/// that a small gallery's head passes easily; with many, a loss of a few in a hundred stops it.
package struct AcceptanceGate: Sendable {
  /// A loss that equally good heads would show less often than this is taken for real.
  static let significance = 0.05
  /// How much the calibration error may rise without being held against it, however surely it rose.
  static let calibrationSlack = 0.05
  /// How many times its standard error a rise of the calibration error must be to be taken for real: 1 in 44 by chance.
  static let calibrationSurety = 2.0
  private static let bootstraps = 200

  package let subjects: [Int64]
  /// How many people there are to be taken for.
  package let classes: Int

  /// A gate for held-out crops of these subjects, one each.
  package init(subjects: [Int64], classes: Int) {
    self.subjects = subjects
    self.classes = classes
  }

  /// Why `after` may not take over from `before`; empty when it may.
  package func refusals(before: Verdicts, after: Verdicts) -> [Refusal] {
    guard after.isFinite else {
      return [Refusal(.diverged, "The training diverged: the new head answers with numbers that are not finite.")]
    }
    guard !subjects.isEmpty else { return [] }
    var refusals: [Refusal] = []
    if let refusal = chance(after) { refusals.append(refusal) }
    let rightBefore = zip(before.heldOut, subjects).map { $0.subject == $1 }
    let rightAfter = zip(after.heldOut, subjects).map { $0.subject == $1 }
    if Self.isWorse(rightBefore, rightAfter) {
      refusals.append(
        Refusal(
          .accuracyFell,
          "Of \(subjects.count) held-out crops \(rightAfter.count { $0 }) are recognized, \(rightBefore.count { $0 }) before."
        ))
    }
    if let refusal = misses(before, after) { refusals.append(refusal) }
    if let refusal = calibration(before, after) { refusals.append(refusal) }
    return refusals
  }

  /// Whether what was right before is not more often than chance would have it, the same faces asked.
  static func isWorse(_ before: [Bool], _ after: [Bool]) -> Bool {
    let losses = zip(before, after).count { $0 && !$1 }
    let wins = zip(before, after).count { !$0 && $1 }
    return losses > wins && SignTest.chance(losses: losses, wins: wins) < Self.significance
  }

  private func chance(_ after: Verdicts) -> Refusal? {
    guard classes > 1 else { return nil }
    let right = zip(after.heldOut, subjects).count { $0.subject == $1 }
    let luck = SignTest.tail(atLeast: right, of: subjects.count, probability: 1 / Double(classes))
    // So few crops that even all of them right could be luck show nothing.
    let best = SignTest.tail(atLeast: subjects.count, of: subjects.count, probability: 1 / Double(classes))
    guard best < Self.significance, luck >= Self.significance else { return nil }
    return Refusal(
      .noBetterThanChance, "Of \(subjects.count) held-out crops \(right) are recognized; guessing does as well.")
  }

  private func misses(_ before: Verdicts, _ after: Verdicts) -> Refusal? {
    guard !before.strangers.isEmpty, !after.strangers.isEmpty else { return nil }
    let old = DecisionQuality.threshold(before.strangers)
    let new = DecisionQuality.threshold(after.strangers)
    let foundBefore = zip(before.heldOut, subjects).map { DecisionQuality.isFound($0, $1, old) }
    let foundAfter = zip(after.heldOut, subjects).map { DecisionQuality.isFound($0, $1, new) }
    guard Self.isWorse(foundBefore, foundAfter) else { return nil }
    return Refusal(
      .moreMisses,
      "At one named stranger in a hundred, \(foundAfter.count { !$0 }) of \(subjects.count) held-out crops are missed, "
        + "\(foundBefore.count { !$0 }) before.")
  }

  /// What crops are held out is chance: the crops are drawn again (Efron 1979), the same ones for both, and what the
  /// difference between both errors then varies by is what it must exceed.
  private func calibration(_ before: Verdicts, _ after: Verdicts) -> Refusal? {
    let pairs = zip(before.heldOut, after.heldOut)
    let answers = zip(pairs, subjects).map { pair, subject in
      (
        old: (pair.0.probability, pair.0.classified == subject), new: (pair.1.probability, pair.1.classified == subject)
      )
    }
    guard let old = DecisionQuality.calibrationError(answers.map(\.old)),
      let new = DecisionQuality.calibrationError(answers.map(\.new)), new - old > Self.calibrationSlack
    else { return nil }
    var random = SeededRandom(seed: 0, purpose: "calibration")
    let rises = (0..<Self.bootstraps).map { _ -> Double in
      let drawn = answers.map { _ in answers[random.index(below: answers.count)] }
      return (DecisionQuality.calibrationError(drawn.map(\.new)) ?? 0)
        - (DecisionQuality.calibrationError(drawn.map(\.old)) ?? 0)
    }
    let mean = rises.reduce(0, +) / Double(rises.count)
    let variance = rises.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rises.count - 1)
    guard new - old > Self.calibrationSurety * variance.squareRoot() else { return nil }
    return Refusal(
      .lessCalibrated,
      "Stated probabilities are off by \(percent(new)) on average, \(percent(old)) before.")
  }

  private func percent(_ value: Double) -> String { "\((value * 1000).rounded() / 10) %" }
}
