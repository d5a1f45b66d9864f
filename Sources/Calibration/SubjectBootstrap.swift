/// Confidence intervals of error rates whose comparisons share subjects.
///
/// Comparisons of one subject are alike: a face that resembles many others adds many false matches at once, so intervals
/// that take comparisons for independent trials are too narrow. Subjects are therefore drawn with replacement (Efron
/// 1979; for comparisons of pairs the weight of a pair is the product of both draws, Snijders and Borgatti 1999, whose
/// first-order part is used here, since it needs each subject's sums only), and the 2.5 and 97.5 % quantiles of the rates
/// taken. Few or no errors make such intervals too short, so the exact binomial one is a lower bound of the width: the
/// wider end of both counts.
enum SubjectBootstrap {
  static let resamples = 1000

  /// The rate of wrong decisions within subjects.
  static func genuineRate(_ subjects: [SubjectTally.Count], seed: UInt64 = 1) -> Rate? {
    let errors = subjects.reduce(0) { $0 + $1.errors }
    let comparisons = subjects.reduce(0) { $0 + $1.comparisons }
    return rate(subjects, errors: errors, comparisons: comparisons, correction: 0, seed: seed)
  }

  /// The rate of wrong decisions between subjects; each comparison is counted at both.
  static func impostorRate(_ subjects: [SubjectTally.Count], seed: UInt64 = 2) -> Rate? {
    let errors = subjects.reduce(0) { $0 + $1.errors } / 2
    let comparisons = subjects.reduce(0) { $0 + $1.comparisons } / 2
    return rate(subjects, errors: errors, comparisons: comparisons, correction: 1, seed: seed)
  }

  /// With weights w of the subjects, a sum over pairs is to first order the sum of w times each subject's sum, less
  /// `correction` times the sum over all pairs.
  private static func rate(
    _ subjects: [SubjectTally.Count], errors: Int, comparisons: Int, correction: Int, seed: UInt64
  ) -> Rate? {
    guard comparisons > 0 else { return nil }
    let value = Double(errors) / Double(comparisons)
    var (low, high) = ClopperPearson.interval(errors: errors, trials: comparisons)
    let drawn = subjects.filter { $0.comparisons > 0 }
    if errors > 0, drawn.count > 1 {
      var random = SplitMix64(state: seed)
      var rates: [Double] = []
      rates.reserveCapacity(resamples)
      for _ in 0..<resamples {
        var (wrong, all) = (-correction * errors, -correction * comparisons)
        for _ in drawn.indices {
          let subject = drawn[random.index(below: drawn.count)]
          wrong += subject.errors
          all += subject.comparisons
        }
        if all > 0 { rates.append(min(1, max(0, Double(wrong) / Double(all)))) }
      }
      rates.sort()
      if !rates.isEmpty {
        low = min(low, rates[Int(Double(rates.count - 1) * 0.025)])
        high = max(high, rates[Int((Double(rates.count - 1) * 0.975).rounded(.up))])
      }
    }
    return Rate(value: value, low: low, high: high, errors: errors, comparisons: comparisons)
  }
}

/// A seeded generator (Steele, Lea and Flood 2014), so that the same data give the same intervals.
package struct SplitMix64 {
  var state: UInt64

  /// Starts with a seed.
  package init(state: UInt64) { self.state = state }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// A number from 0 to `count - 1`; `count` must be above 0.
  package mutating func index(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }
}
