import Foundation

@testable import Calibration

/// Scores whose distribution is known, drawn from a seeded generator.
struct SyntheticScores {
  var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(state: seed) }

  mutating func uniform() -> Double { (Double(random.next() >> 11) + 0.5) / 9_007_199_254_740_992 }

  /// A standard normal number (Box and Muller).
  mutating func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }

  /// The share of a normal distribution above a value.
  static func above(_ value: Double, mean: Double, deviation: Double) -> Double {
    0.5 * erfc((value - mean) / deviation / 2.0.squareRoot())
  }
}
