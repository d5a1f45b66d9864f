/// Counts of durations up to fixed bounds, and their sum: exact at the bounds, of fixed size, and to be added up over processes.
package struct MetricHistogram: Sendable {
  /// The bounds, in seconds: from a ping to a training.
  package static let bounds: [Double] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600,
  ]

  /// Durations above the bound before and up to this one; the last are those above all bounds.
  private var counts = [Int](repeating: 0, count: MetricHistogram.bounds.count + 1)
  /// The sum of all durations, in seconds.
  package private(set) var sum = 0.0

  /// No durations.
  package init() {}

  /// All durations.
  package var count: Int { counts.reduce(0, +) }

  /// Counts a duration in seconds; what is no number or negative counts as 0.
  package mutating func record(_ seconds: Double) {
    let seconds = seconds > 0 ? seconds : 0
    counts[MetricHistogram.bounds.firstIndex { seconds <= $0 } ?? MetricHistogram.bounds.count] += 1
    if seconds.isFinite { sum += seconds }
  }

  /// How many durations are at most each bound; the last bound is infinite.
  var cumulative: [(bound: Double, count: Int)] {
    var total = 0
    return zip(MetricHistogram.bounds + [.infinity], counts).map { bound, count in
      total += count
      return (bound, total)
    }
  }
}
