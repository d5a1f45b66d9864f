import Glibc
internal import Protocol

/// Times in buckets that grow by a twelfth of an octave, so that a percentile is within 3 % of the truth.
struct LatencyHistogram: Sendable {
  /// Buckets of an octave.
  private static let resolution = 12.0
  /// From 1 microsecond to about 19 hours.
  private static let bucketCount = 432

  private var buckets = [Int](repeating: 0, count: LatencyHistogram.bucketCount)
  private(set) var count = 0
  private(set) var maximum = 0.0

  /// Counts a time, in milliseconds.
  mutating func record(_ milliseconds: Double) {
    let microseconds = max(1, milliseconds * 1_000)
    let bucket = Int(min(log2(microseconds) * LatencyHistogram.resolution, Double(LatencyHistogram.bucketCount - 1)))
    buckets[bucket] += 1
    count += 1
    maximum = max(maximum, milliseconds)
  }

  /// The time that `fraction` of all times do not exceed, in milliseconds; 0 when there are none.
  func percentile(_ fraction: Double) -> Double {
    let rank = Int((Double(count) * fraction).rounded(.up))
    var seen = 0
    for (bucket, times) in buckets.enumerated() where times > 0 {
      seen += times
      if seen >= rank {
        let middle = exp2((Double(bucket) + 0.5) / LatencyHistogram.resolution) / 1_000
        return min(middle, maximum)
      }
    }
    return 0
  }
}
