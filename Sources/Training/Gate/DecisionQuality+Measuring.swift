extension DecisionQuality {
  /// The rate of strangers that may be given a name.
  static let strangerRate = 0.01
  static let bins = 15

  /// Measures verdicts on held-out crops of `subjects` (one each) and on strangers.
  package init(_ verdicts: Verdicts, subjects: [Int64]) {
    let pairs = Array(zip(verdicts.heldOut, subjects))
    let threshold = Self.threshold(verdicts.strangers)
    let count = Double(max(1, pairs.count))
    self.init(
      accuracy: pairs.isEmpty ? nil : Double(pairs.count { $0.subject == $1 }) / count,
      fnir: pairs.isEmpty || verdicts.strangers.isEmpty
        ? nil : Double(pairs.count { !Self.isFound($0, $1, threshold) }) / count,
      calibrationError: Self.calibrationError(pairs.map { ($0.probability, $0.classified == $1) }),
      heldOut: pairs.count, strangers: verdicts.strangers.count)
  }

  /// The highest score that more than the rate of strangers reach; scores must be above it.
  static func threshold(_ strangers: [Verdict]) -> Double {
    let scores = strangers.filter { $0.subject != nil }.map(\.score).sorted(by: >)
    let named = Int(Self.strangerRate * Double(strangers.count))
    return named < scores.count ? scores[named] : -.infinity
  }

  static func isFound(_ verdict: Verdict, _ subject: Int64, _ threshold: Double) -> Bool {
    verdict.subject == subject && verdict.score > threshold
  }

  /// The expected calibration error over equal bins (Naeini, Cooper and Hauskrecht 2015); `nil` without probabilities.
  static func calibrationError(_ answers: [(probability: Double?, isRight: Bool)]) -> Double? {
    var counts = [Int](repeating: 0, count: bins)
    var stated = [Double](repeating: 0, count: bins)
    var right = [Double](repeating: 0, count: bins)
    for answer in answers {
      guard let probability = answer.probability, probability.isFinite else { return nil }
      let bin = min(bins - 1, max(0, Int(min(1, max(0, probability)) * Double(bins))))
      counts[bin] += 1
      stated[bin] += probability
      if answer.isRight { right[bin] += 1 }
    }
    guard !answers.isEmpty else { return nil }
    return counts.indices.reduce(0.0) { $0 + abs(stated[$1] - right[$1]) } / Double(answers.count)
  }
}
