internal import Glibc

/// A logistic curve from score to the probability that two samples are one subject's, when either is as likely beforehand.
package struct LogisticFit: Codable, Sendable, Equatable {
  /// Above 0, so that the probability rises with the score.
  package var slope: Double
  /// The score of probability one half.
  package var midpoint: Double

  /// The probability of a score, 0 to 1.
  package func probability(_ score: Double) -> Double { 1 / (1 + exp(-slope * (score - midpoint))) }

  /// Fits the curve to counted scores; `nil` when there are none of a kind, or genuine scores are not the higher ones.
  ///
  /// Maximum likelihood with both kinds weighing the same. The targets are Platt's (1999): with m comparisons of the rarer
  /// kind, (m + 1) / (m + 2) and 1 / (m + 2) in place of 1 and 0, so that few comparisons, or kinds that do not overlap,
  /// give a curve that is no steeper than they can justify. Newton's method on standardized scores, halving steps that do
  /// not help; the likelihood is concave.
  static func fit(_ tally: ComparisonTally) -> LogisticFit? {
    let (genuine, impostor) = (tally.genuine, tally.impostor)
    guard genuine.total > 0, impostor.total > 0 else { return nil }
    let rarer = Double(min(genuine.total, impostor.total))
    let samples =
      weighted(genuine, target: (rarer + 1) / (rarer + 2)) + weighted(impostor, target: 1 / (rarer + 2))
    let mean = samples.reduce(0) { $0 + $1.weight * $1.score }
    let variance = samples.reduce(0) { $0 + $1.weight * ($1.score - mean) * ($1.score - mean) }
    guard variance > 1e-12 else { return nil }
    let deviation = variance.squareRoot()
    let standard = samples.map { Sample(score: ($0.score - mean) / deviation, weight: $0.weight, target: $0.target) }
    let (slope, offset) = maximize(standard)
    guard slope.isFinite, offset.isFinite, slope > 1e-6 else { return nil }
    let midpoint = mean - offset / slope * deviation
    guard midpoint.isFinite else { return nil }
    return LogisticFit(slope: slope / deviation, midpoint: midpoint)
  }

  private struct Sample {
    let score: Double
    let weight: Double
    let target: Double
  }

  /// One sample a bin; the weights of a kind add up to one half.
  private static func weighted(_ histogram: ScoreHistogram, target: Double) -> [Sample] {
    histogram.counts.enumerated().compactMap { bin, count in
      guard count > 0 else { return nil }
      return Sample(
        score: ScoreHistogram.center(of: bin), weight: 0.5 * Double(count) / Double(histogram.total), target: target)
    }
  }

  private static func maximize(_ samples: [Sample]) -> (slope: Double, offset: Double) {
    var (slope, offset) = (1.0, 0.0)
    var best = likelihood(samples, slope, offset)
    for _ in 0..<100 {
      var (g0, g1, h00, h01, h11) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for sample in samples {
        let p = 1 / (1 + exp(-(slope * sample.score + offset)))
        let error = sample.weight * (sample.target - p)
        let curvature = sample.weight * p * (1 - p)
        g0 += error * sample.score
        g1 += error
        h00 += curvature * sample.score * sample.score
        h01 += curvature * sample.score
        h11 += curvature
      }
      let determinant = h00 * h11 - h01 * h01
      guard determinant > 1e-300 else { break }
      let step = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant)
      var share = 1.0
      var improved = false
      for _ in 0..<40 {
        let next = (slope + share * step.0, offset + share * step.1)
        let value = likelihood(samples, next.0, next.1)
        if value > best {
          (slope, offset) = next
          improved = value - best > 1e-15
          best = value
          break
        }
        share /= 2
      }
      if !improved { break }
    }
    return (slope, offset)
  }

  private static func likelihood(_ samples: [Sample], _ slope: Double, _ offset: Double) -> Double {
    samples.reduce(0) { sum, sample in
      let x = slope * sample.score + offset
      // log(1 + e^-|x|) never overflows.
      let log0 = -max(x, 0) - log1p(exp(-abs(x)))
      return sum + sample.weight * (sample.target * x + log0)
    }
  }
}
