/// How true probabilities are: in each bin, how often what was said with that probability was right.
package struct Reliability: Codable, Sendable, Equatable {
  /// Statements of about one probability.
  package struct Bin: Codable, Sendable, Equatable {
    package var low: Double
    package var high: Double
    /// How many there are.
    package var count: Int
    /// The mean of what was said; 0 for an empty bin.
    package var said: Double
    /// The share that was right, kinds weighed as asked; 0 for an empty bin.
    package var seen: Double
  }

  package var bins: [Bin]
  /// The mean distance of ``Bin/said`` from ``Bin/seen``, bins weighed by what is in them (expected calibration error).
  package var expectedError: Double

  /// A statement: how probable, whether right, and how much it counts.
  package struct Statement: Sendable {
    package let probability: Double
    package let isRight: Bool
    package let weight: Double

    package init(probability: Double, isRight: Bool, weight: Double = 1) {
      self.probability = probability
      self.isRight = isRight
      self.weight = weight
    }
  }

  /// Counts statements; `nil` without any.
  package init?(_ statements: [Statement], bins count: Int = 10) {
    let sound = statements.filter { $0.probability.isFinite && $0.weight > 0 }
    guard !sound.isEmpty, count > 0 else { return nil }
    var sums = [(count: Int, weight: Double, said: Double, seen: Double)](repeating: (0, 0, 0, 0), count: count)
    for statement in sound {
      let probability = min(1, max(0, statement.probability))
      let bin = min(count - 1, Int(probability * Double(count)))
      sums[bin].count += 1
      sums[bin].weight += statement.weight
      sums[bin].said += statement.weight * probability
      if statement.isRight { sums[bin].seen += statement.weight }
    }
    let total = sums.reduce(0) { $0 + $1.weight }
    bins = sums.enumerated().map { index, sum in
      let weight = sum.weight > 0 ? sum.weight : 1
      return Bin(
        low: Double(index) / Double(count), high: Double(index + 1) / Double(count), count: sum.count,
        said: sum.said / weight, seen: sum.seen / weight)
    }
    expectedError = sums.reduce(0) { $0 + abs($1.said - $1.seen) } / total
  }
}
