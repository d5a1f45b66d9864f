/// Whether what was trained may take over from what is in use.
///
/// It need not be shown to be better: it must not be shown to be worse. With few held-out crops little can be shown, so
/// that a small gallery's head passes easily; with many, a loss of a few in a hundred stops it.
package struct AcceptanceGate: Sendable {
  /// A loss that equally good heads would show less often than this is taken for real.
  static let significance = 0.05
  /// How much the calibration error may rise without being held against it.
  static let calibrationSlack = 0.05

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
    let (old, new) = (DecisionQuality(before, subjects: subjects), DecisionQuality(after, subjects: subjects))
    var refusals: [Refusal] = []
    if let refusal = chance(after) { refusals.append(refusal) }
    let rightBefore = zip(before.heldOut, subjects).map { $0.subject == $1 }
    let rightAfter = zip(after.heldOut, subjects).map { $0.subject == $1 }
    if isWorse(rightBefore, rightAfter) {
      refusals.append(
        Refusal(
          .accuracyFell,
          "Of \(subjects.count) held-out crops \(rightAfter.count { $0 }) are recognized, \(rightBefore.count { $0 }) before."
        ))
    }
    if let refusal = misses(before, after) { refusals.append(refusal) }
    if let refusal = calibration(old, new) { refusals.append(refusal) }
    return refusals
  }

  private func isWorse(_ before: [Bool], _ after: [Bool]) -> Bool {
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
    guard isWorse(foundBefore, foundAfter) else { return nil }
    return Refusal(
      .moreMisses,
      "At one named stranger in a hundred, \(foundAfter.count { !$0 }) of \(subjects.count) held-out crops are missed, "
        + "\(foundBefore.count { !$0 }) before.")
  }

  /// The calibration error of n crops is about 0.4 / sqrt(n) too high by chance alone, so that many may be held against
  /// nobody.
  private func calibration(_ before: DecisionQuality, _ after: DecisionQuality) -> Refusal? {
    guard let old = before.calibrationError, let new = after.calibrationError else { return nil }
    let allowed = old + Self.calibrationSlack + 0.8 / Double(max(1, subjects.count)).squareRoot()
    guard new > allowed else { return nil }
    return Refusal(
      .lessCalibrated,
      "Stated probabilities are off by \(percent(new)) on average, \(percent(old)) before.")
  }

  private func percent(_ value: Double) -> String { "\((value * 1000).rounded() / 10) %" }
}
