internal import Glibc

/// How values lie along an axis.
enum AxisScale {
  case linear(Double, Double)
  /// Decades are equally long; both ends above 0.
  case logarithmic(Double, Double)
  /// Normal deviates are equally long, as in DET curves (Martin and others 1997): two kinds of scores with a normal
  /// distribution give a straight line. Both ends between 0 and 1.
  case deviate(Double, Double)

  /// Where a value lies from 0 to 1; beyond the ends, at the ends.
  func share(_ value: Double) -> Double {
    let (low, high) = ends
    let (from, to) = (transformed(low), transformed(high))
    guard to > from, value.isFinite else { return 0 }
    return min(1, max(0, (transformed(min(high, max(low, value))) - from) / (to - from)))
  }

  var ends: (Double, Double) {
    switch self {
    case .linear(let low, let high), .logarithmic(let low, let high), .deviate(let low, let high): (low, high)
    }
  }

  private func transformed(_ value: Double) -> Double {
    switch self {
    case .linear: value
    case .logarithmic: log10(max(value, 1e-300))
    case .deviate: Self.normalQuantile(value)
    }
  }

  /// The standard normal distribution's quantile, by bisection.
  static func normalQuantile(_ probability: Double) -> Double {
    var (low, high) = (-9.0, 9.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if erfc(-middle / 2.0.squareRoot()) / 2 < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// Values to mark.
  var ticks: [Double] {
    let (low, high) = ends
    switch self {
    case .linear: return Self.roundTicks(low, high)
    case .logarithmic:
      return (-9...3).map { pow(10, Double($0)) }.filter { $0 >= low * 0.999 && $0 <= high * 1.001 }
    case .deviate:
      let all = [1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99]
      return all.filter { $0 >= low * 0.999 && $0 <= high * 1.001 }
    }
  }

  /// About five round values.
  static func roundTicks(_ low: Double, _ high: Double, about count: Double = 5) -> [Double] {
    guard high > low, (high - low).isFinite else { return [low] }
    let rough = (high - low) / count
    let power = pow(10, log10(rough).rounded(.down))
    let step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10)
    let first = (low / step - 1e-9).rounded(.up)
    return (0..<20).map { (first + Double($0)) * step }.filter { $0 <= high + step * 1e-9 }
  }
}
