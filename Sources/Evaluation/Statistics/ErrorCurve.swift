/// Both error rates at every threshold that makes a difference.
///
/// Rates are exact: a trial is accepted when its score is at or above the threshold, and equal scores are accepted together.
package struct ErrorCurve: Sendable {
  /// What a threshold does.
  package struct Point: Sendable, Equatable {
    /// The threshold; infinite where everything is refused, minus infinite where all is accepted.
    package let threshold: Float
    /// The share of impostor trials accepted.
    package let falseRate: Double
    /// The share of genuine trials refused.
    package let missRate: Double
  }

  /// From refusing all to accepting all.
  package let points: [Point]
  /// Trials of each kind.
  package let genuineCount: Int
  package let impostorCount: Int

  /// Measures the curve; `nil` unless there are trials of both kinds.
  package init?(_ set: TrialSet) { self.init(SortedTrials(set)) }

  init?(_ sorted: SortedTrials) {
    guard sorted.genuineCount > 0, sorted.impostorCount > 0 else { return nil }
    genuineCount = sorted.genuineCount
    impostorCount = sorted.impostorCount
    var points = [Point(threshold: .infinity, falseRate: 0, missRate: 1)]
    points.reserveCapacity(sorted.steps.count + 1)
    var (genuine, impostor) = (0, 0)
    for step in sorted.steps {
      genuine += step.genuine
      impostor += step.impostor
      points.append(
        Point(
          threshold: step.score, falseRate: Double(impostor) / Double(impostorCount),
          missRate: 1 - Double(genuine) / Double(genuineCount)))
    }
    self.points = points
  }

  /// The area under the ROC curve: the chance that a genuine trial scores higher than an impostor, equal ones half.
  package var area: Double {
    zip(points, points.dropFirst()).reduce(0) { sum, pair in
      sum + (pair.1.falseRate - pair.0.falseRate) * (2 - pair.0.missRate - pair.1.missRate) / 2
    }
  }

  /// The rate at which both errors are equally frequent, on the straight line between the two points around it, and the
  /// threshold of the nearer one.
  package var equalErrorRate: (rate: Double, threshold: Float) {
    guard let upper = points.firstIndex(where: { $0.falseRate >= $0.missRate }), upper > 0 else { return (0, 1) }
    let (a, b) = (points[upper - 1], points[upper])
    let rate = Self.crossing((a.falseRate, a.missRate), (b.falseRate, b.missRate))
    let isNearer = abs(a.falseRate - a.missRate) < abs(b.falseRate - b.missRate)
    return (rate, isNearer && a.threshold.isFinite ? a.threshold : b.threshold)
  }

  /// Where the line between two points (false rate, miss rate) meets the diagonal.
  static func crossing(_ a: (Double, Double), _ b: (Double, Double)) -> Double {
    let before = a.1 - a.0
    let after = b.0 - b.1
    guard before + after > 0 else { return b.0 }
    let share = before / (before + after)
    return a.0 + share * (b.0 - a.0)
  }

  /// The lowest threshold that accepts at most this share of the impostors: just above the first score that would be one
  /// too many.
  package func threshold(falseRate target: Double) -> Float {
    let allowed = Self.allowance(target, of: impostorCount)
    guard let tooMany = points.first(where: { ($0.falseRate * Double(impostorCount)).rounded() > Double(allowed) })
    else { return -.infinity }
    return tooMany.threshold.nextUp
  }

  /// How many of `count` trials a rate allows.
  static func allowance(_ rate: Double, of count: Int) -> Int { Int((rate * Double(count) + 1e-9).rounded(.down)) }

  /// The lowest false rate these trials can speak of, by the rule of three.
  package var smallestFalseRate: Double { 3 / Double(impostorCount) }

  /// At most `limit` points that draw the same curve: the corners, then those that are farthest from the line so far.
  package func thinned(to limit: Int) -> [Point] {
    let corners = points.indices.filter { index in
      guard index > 0, index + 1 < points.count else { return true }
      let (a, b, c) = (points[index - 1], points[index], points[index + 1])
      return !(a.falseRate == b.falseRate && b.falseRate == c.falseRate)
        && !(a.missRate == b.missRate && b.missRate == c.missRate)
    }.map { points[$0] }
    guard corners.count > limit, limit > 1 else { return corners }
    // Low false rates are what is looked at: half of the points are the first ones.
    let head = limit / 2
    let rest = corners.count - head
    let kept = limit - head
    return Array(corners.prefix(head)) + (0..<kept).map { corners[head + ($0 + 1) * rest / kept - 1] }
  }
}
