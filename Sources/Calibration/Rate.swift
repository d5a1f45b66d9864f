internal import Glibc

/// An error rate with its 95 % confidence interval.
package struct Rate: Codable, Sendable, Equatable {
  package var value: Double
  package var low: Double
  package var high: Double
  /// Comparisons decided wrongly, of so many.
  package var errors: Int
  package var comparisons: Int

  /// A rate of its parts.
  package init(value: Double, low: Double, high: Double, errors: Int, comparisons: Int) {
    self.value = value
    self.low = low
    self.high = high
    self.errors = errors
    self.comparisons = comparisons
  }
}

/// Exact binomial confidence intervals.
package enum ClopperPearson {
  /// The interval for `errors` of `trials` independent trials (Clopper and Pearson, Biometrika 26, 1934).
  ///
  /// With no error its upper end is about 3.69 / `trials`: the rule of three, two-sided.
  package static func interval(errors: Int, trials: Int, confidence: Double = 0.95) -> (low: Double, high: Double) {
    guard trials > 0 else { return (0, 1) }
    let tail = (1 - confidence) / 2
    let (k, n) = (Double(errors), Double(trials))
    let low = errors <= 0 ? 0 : betaQuantile(tail, k, n - k + 1)
    let high = errors >= trials ? 1 : betaQuantile(1 - tail, k + 1, n - k)
    return (low, high)
  }

  /// The `p` quantile of the beta distribution, by bisection of its distribution function.
  private static func betaQuantile(_ p: Double, _ a: Double, _ b: Double) -> Double {
    // Rates are small: the search starts a few standard deviations around the mean, where it is known to lie.
    var (low, high) = (0.0, 1.0)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if middle == low || middle == high || high - low < 1e-9 * middle { break }
      if incompleteBeta(middle, a, b) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The regularized incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8, evaluated with
  /// Lentz's method).
  static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    let logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)
    if x > (a + 1) / (a + b + 2) { return 1 - exp(logFront) * fraction(1 - x, b, a) / b }
    return exp(logFront) * fraction(x, a, b) / a
  }

  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    func safe(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
    var c = 1.0
    var d = 1 / safe(1 - (a + b) * x / (a + 1))
    var result = d
    for step in 1..<200_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / safe(1 + even * d)
      c = safe(1 + even / c)
      result *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / safe(1 + odd * d)
      c = safe(1 + odd / c)
      let factor = d * c
      result *= factor
      if abs(factor - 1) < 1e-14 { break }
    }
    return result
  }

  /// The logarithm of the gamma function for arguments above 0: Stirling's series after shifting small ones up.
  static func logGamma(_ x: Double) -> Double {
    var (y, shift) = (x, 0.0)
    while y < 12 {
      shift += log(y)
      y += 1
    }
    let inverse = 1 / (y * y)
    let series = (1.0 / 12 - inverse * (1.0 / 360 - inverse * (1.0 / 1260 - inverse / 1680))) / y
    return (y - 0.5) * log(y) - y + 0.918_938_533_204_672_74 + series - shift
  }
}
