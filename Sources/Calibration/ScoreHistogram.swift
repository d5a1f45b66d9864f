/// Scores counted in narrow bins over [-1, 1], so that billions of them take half a megabyte.
///
/// A bin's lower edge is a multiple of 2^-15, exact as a float: a threshold that lies on an edge counts exactly as it would
/// with all scores at hand.
package struct ScoreHistogram: Sendable, Equatable {
  /// Bins of [-1, 1); the last one more holds the score 1.
  static let bins = 1 << 16
  private static let perUnit = Double(bins / 2)

  private(set) var counts = [Int](repeating: 0, count: ScoreHistogram.bins + 1)
  /// How many scores were counted.
  package private(set) var total = 0
  private(set) var sum = 0.0
  private(set) var sumOfSquares = 0.0

  package init() {}

  /// Counts a score; what lies outside of [-1, 1] counts as its end, what is not a number as -1.
  package mutating func add(_ score: Float) {
    counts[Self.bin(of: score)] += 1
    total += 1
    let value = score.isNaN ? -1 : Double(min(1, max(-1, score)))
    sum += value
    sumOfSquares += value * value
  }

  /// The bin of a score.
  static func bin(of score: Float) -> Int {
    guard score > -1 else { return 0 }
    guard score < 1 else { return bins }
    return min(bins - 1, Int((Double(score) + 1) * perUnit))
  }

  /// The lowest score of a bin.
  static func edge(of bin: Int) -> Float { Float(Double(bin) / perUnit - 1) }

  /// The middle of a bin; 1 for the last.
  static func center(of bin: Int) -> Double {
    bin >= bins ? 1 : (Double(bin) + 0.5) / perUnit - 1
  }

  /// How many scores are at or above a threshold on an edge.
  package func count(atLeast threshold: Float) -> Int {
    counts[Self.bin(of: threshold)...].reduce(0, +)
  }

  /// The lowest edge at or above which at most `limit` scores lie; `nil` when even the score 1 has more.
  package func threshold(allowing limit: Int) -> Float? {
    var above = 0
    for bin in counts.indices.reversed() {
      let next = above + counts[bin]
      if next > limit { return bin == Self.bins ? nil : Self.edge(of: bin + 1) }
      above = next
    }
    return -1
  }

  /// The mean distance above a threshold of the scores above it, `nil` when there are none.
  func meanExcess(above threshold: Float) -> (mean: Double, count: Int)? {
    var sum = 0.0
    var count = 0
    for bin in Self.bin(of: threshold)..<counts.count where counts[bin] > 0 {
      sum += Double(counts[bin]) * max(0, Self.center(of: bin) - Double(threshold))
      count += counts[bin]
    }
    return count > 0 ? (sum / Double(count), count) : nil
  }
}
