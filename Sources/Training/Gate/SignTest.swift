internal import Glibc

/// Whether one way of deciding is worse than another on the same faces.
///
/// Only faces that one gets right and the other wrong say anything (McNemar 1947); if both are equally good, each of these
/// is a coin's toss.
enum SignTest {
  /// The probability that of `losses + wins` tosses at least `losses` are losses: small when there are too many for
  /// chance.
  static func chance(losses: Int, wins: Int) -> Double {
    tail(atLeast: losses, of: losses + wins, probability: 0.5)
  }

  /// The probability of at least `count` successes in `trials`.
  static func tail(atLeast count: Int, of trials: Int, probability: Double) -> Double {
    guard count > 0 else { return 1 }
    guard trials >= count, probability > 0 else { return 0 }
    guard probability < 1 else { return 1 }
    var sum = 0.0
    var logTerm = Double(trials) * log1p(-probability)
    let step = log(probability) - log1p(-probability)
    for successes in 0...trials {
      if successes >= count { sum += exp(logTerm) }
      if successes < trials { logTerm += step + log(Double(trials - successes) / Double(successes + 1)) }
    }
    return min(1, sum)
  }
}
