internal import Glibc

/// The score at which a false match rate is expected, from counted impostor scores.
package struct ScoreCurve: Codable, Sendable, Equatable {
  /// A false match rate and the score that keeps it.
  package struct Point: Codable, Sendable, Equatable {
    package var fmr: Double
    package var score: Double
  }

  /// By falling rate; scores never fall.
  package var points: [Point]
  /// How much higher the score must be for a rate e times lower than the last point's.
  package var tail: Double

  /// Impostor scores above a point, so that it counts as measured.
  static let leastErrors = 30

  /// Measures the curve; `target` becomes a point of it when given.
  ///
  /// Points are the exact quantiles at 0.5, 0.2, 0.1, 0.05... as long as 30 scores are above. Below, impostor tails fall
  /// about exponentially: the mean excess over the last of these points is the scale (the exponential case of a
  /// peaks-over-threshold fit, Pickands 1975, which for scores bounded by 1 asks too much rather than too little).
  init?(_ impostor: ScoreHistogram, target: Double?) {
    guard impostor.total > 0 else { return nil }
    var points: [Point] = []
    func measure(_ rate: Double) -> Point? {
      impostor.threshold(allowing: Int(rate * Double(impostor.total))).map { Point(fmr: rate, score: Double($0)) }
    }
    var rates: [Double] = []
    for exponent in 0...12 { for digit in [5.0, 2, 1] { rates.append(digit / pow(10, Double(exponent + 1))) } }
    for rate in rates where rate * Double(impostor.total) >= Double(Self.leastErrors) {
      if let point = measure(rate) { points.append(point) }
    }
    if points.isEmpty, let median = measure(0.5) { points = [median] }
    guard let start = points.last else { return nil }
    tail = impostor.meanExcess(above: Float(start.score))?.mean ?? 0
    if let target, !points.contains(where: { $0.fmr == target }), let point = measure(target) { points.append(point) }
    self.points = points.sorted { $0.fmr > $1.fmr }
  }

  /// The score for a rate above 0: between the points linear in the rate's logarithm, below the last one by the tail, above
  /// the first one its score. At most 1.
  package func score(fmr: Double) -> Double {
    guard let first = points.first, let last = points.last, fmr > 0 else { return 1 }
    if fmr >= first.fmr { return first.score }
    if fmr < last.fmr { return min(1, last.score + max(0, tail) * log(last.fmr / fmr)) }
    guard let upper = points.firstIndex(where: { $0.fmr <= fmr }), upper > 0 else { return last.score }
    let (a, b) = (points[upper - 1], points[upper])
    guard a.fmr > b.fmr, b.fmr > 0 else { return b.score }
    let share = log(a.fmr / fmr) / log(a.fmr / b.fmr)
    return min(1, a.score + share * (b.score - a.score))
  }
}
