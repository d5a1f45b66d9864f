/// What was measured with one model on one collection: stored with the gallery, and used in place of the manifest's
/// thresholds.
package struct CalibrationRecord: Codable, Sendable, Equatable {
  /// The false match rate that was asked of one comparison.
  package var targetFMR: Double
  /// The lowest score at which no more than that many of the measured impostors match.
  package var threshold: Double
  /// What the threshold does to the measured comparisons; no `fnmr` without genuine ones.
  package var fmr: Rate
  package var fnmr: Rate?
  package var genuine: Int
  package var impostor: Int
  package var subjects: Int
  package var curve: ScoreCurve
  /// Absent without genuine comparisons.
  package var logistic: LogisticFit?
  /// What was compared: `collection`, `pairs` or `labels`.
  package var source: String
  /// Milliseconds since 1970.
  package var measuredAt: Int64

  /// Whether the numbers make sense, for a record that comes from a file.
  package var isSound: Bool {
    let rates = [fmr, fnmr].compactMap { $0 }.flatMap { [$0.value, $0.low, $0.high] }
    let scores = curve.points.map(\.score)
    return (-1...1).contains(threshold) && targetFMR > 0 && targetFMR <= 0.5
      && rates.allSatisfy { (0...1).contains($0) } && !curve.points.isEmpty
      && scores.allSatisfy { (-1...1).contains($0) } && zip(scores, scores.dropFirst()).allSatisfy { $0 <= $1 }
      && zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.fmr > $1.fmr }
      && curve.points.allSatisfy { $0.fmr > 0 && $0.fmr <= 1 } && curve.tail >= 0 && curve.tail.isFinite
      && (logistic.map { $0.slope > 0 && $0.slope.isFinite && $0.midpoint.isFinite } ?? true)
  }
}

/// What counted comparisons say about a false match rate.
package struct CalibrationDraft: Sendable {
  /// The rate asked for.
  package let targetFMR: Double
  package let genuine: Int
  package let impostor: Int
  /// The lowest rate these comparisons can speak of: with n impostors and no false match the rate may still be 3 / n, with
  /// a confidence of 95 % (the rule of three). Comparisons that share subjects tell less, so it is a lower bound.
  package let smallestFMR: Double
  /// Of the target; `nil` when it is below ``smallestFMR``.
  package let threshold: Float?
  package let curve: ScoreCurve
  package let logistic: LogisticFit?
  private let impostorScores: ScoreHistogram

  /// Judges a tally; `nil` without impostor comparisons.
  package init?(_ tally: ComparisonTally, targetFMR: Double) {
    let impostor = tally.impostor
    guard impostor.total > 0 else { return nil }
    self.targetFMR = targetFMR
    genuine = tally.genuine.total
    self.impostor = impostor.total
    smallestFMR = 3 / Double(impostor.total)
    let isResolvable = targetFMR >= smallestFMR
    let found = isResolvable ? impostor.threshold(allowing: Int(targetFMR * Double(impostor.total))) : nil
    threshold = found
    guard let curve = ScoreCurve(impostor, target: found == nil ? nil : targetFMR) else { return nil }
    self.curve = curve
    logistic = LogisticFit.fit(tally)
    impostorScores = impostor
  }

  /// The score for a rate, where the comparisons can speak of it.
  package func measuredScore(fmr: Double) -> Float? {
    guard fmr >= smallestFMR else { return nil }
    return impostorScores.threshold(allowing: Int(fmr * Double(impostor)))
  }

  /// The complete measurement, once every subject's errors at ``threshold`` were counted; `nil` without a threshold.
  package func record(_ subjects: SubjectTally, source: String, measuredAt: Int64) -> CalibrationRecord? {
    guard let threshold, let fmr = SubjectBootstrap.impostorRate(subjects.impostor) else { return nil }
    let present = zip(subjects.genuine, subjects.impostor).count { $0.comparisons + $1.comparisons > 0 }
    return CalibrationRecord(
      targetFMR: targetFMR, threshold: Double(threshold), fmr: fmr,
      fnmr: SubjectBootstrap.genuineRate(subjects.genuine), genuine: genuine, impostor: impostor, subjects: present,
      curve: curve, logistic: logistic, source: source, measuredAt: measuredAt)
  }
}
