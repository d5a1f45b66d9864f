package import Calibration

/// What a set of trials says about a system, with 95 % intervals.
package struct CurveMeasures: Codable, Sendable, Equatable {
  /// The miss rate where the false rate is held.
  package struct Held: Codable, Sendable, Equatable {
    /// At most this share of the impostor trials is accepted.
    package var falseRate: Double
    /// The lowest threshold that keeps it; absent when every one does.
    package var threshold: Float?
    package var missRate: Rate
  }

  /// The rate at which both errors are equally frequent.
  package struct Equal: Codable, Sendable, Equatable {
    package var value: Double
    package var low: Double
    package var high: Double
    package var threshold: Float?
  }

  /// Both errors at a threshold that was known before.
  package struct Fixed: Codable, Sendable, Equatable {
    package var threshold: Float
    package var falseRate: Rate
    package var missRate: Rate
  }

  /// A point of the curve as it is drawn.
  package struct Point: Codable, Sendable, Equatable {
    /// Absent at the ends.
    package var threshold: Float?
    package var falseRate: Double
    package var missRate: Double
  }

  /// The interval of the miss rate at a false rate.
  package struct Band: Codable, Sendable, Equatable {
    package var falseRate: Double
    package var low: Double
    package var high: Double
  }

  package var genuine: Int
  package var impostor: Int
  /// The area under the ROC curve.
  package var area: Double
  package var equalErrorRate: Equal
  /// The false rates that the trials can speak of, by falling rate.
  package var held: [Held]
  /// The lowest false rate they can speak of.
  package var smallestFalseRate: Double
  package var fixed: Fixed?
  package var curve: [Point]
  package var band: [Band]

  /// The false rates that are reported where the trials can show them.
  package static let falseRates = [0.1, 0.01, 0.001, 0.0001]
  private static let curveLimit = 2000

  /// Measures; `nil` unless there are trials of both kinds.
  ///
  /// - Parameter fixed: a threshold to judge, such as the model's.
  package static func measure(
    _ set: TrialSet, people: PeopleDraws, fixed: Float?, draws: Int, seed: UInt64 = 1,
    checkpoint: () throws -> Void = {}
  ) throws -> CurveMeasures? {
    let sorted = SortedTrials(set)
    guard let curve = ErrorCurve(sorted) else { return nil }
    let smallest = curve.smallestFalseRate
    let rates = falseRates.filter { $0 >= smallest }
    let grid = gridRates(from: max(1e-6, 1 / Double(curve.impostorCount)))
    let drawn = try CurveBootstrap(sorted: sorted, people: people).run(
      falseRates: rates + grid, fixed: fixed, draws: draws, seed: seed, checkpoint: checkpoint)
    let equal = curve.equalErrorRate
    let exact = Rate(
      errors: Int((equal.rate * Double(curve.genuineCount)).rounded()), of: curve.genuineCount,
      drawn: drawn.equalErrorRate)
    func misses(_ threshold: Float) -> Int { set.genuine.count { !($0.score >= threshold) } }
    return CurveMeasures(
      genuine: curve.genuineCount, impostor: curve.impostorCount, area: curve.area,
      equalErrorRate: Equal(
        value: equal.rate, low: min(exact.low, equal.rate), high: max(exact.high, equal.rate),
        threshold: finite(equal.threshold)),
      held: rates.enumerated().map { index, rate in
        let threshold = curve.threshold(falseRate: rate)
        return Held(
          falseRate: rate, threshold: finite(threshold),
          missRate: Rate(errors: misses(threshold), of: curve.genuineCount, drawn: drawn.missRates[index]))
      },
      smallestFalseRate: smallest,
      fixed: fixed.map { threshold in
        Fixed(
          threshold: threshold,
          falseRate: Rate(
            errors: set.impostor.count { $0.score >= threshold }, of: curve.impostorCount, drawn: drawn.falseRate),
          missRate: Rate(errors: misses(threshold), of: curve.genuineCount, drawn: drawn.missRate))
      },
      curve: curve.thinned(to: curveLimit).map {
        Point(threshold: finite($0.threshold), falseRate: $0.falseRate, missRate: $0.missRate)
      },
      band: zip(grid, drawn.missRates.dropFirst(rates.count)).compactMap { rate, range in
        range.map { Band(falseRate: rate, low: $0.lowerBound, high: $0.upperBound) }
      })
  }

  /// Ten rates a decade, up to 1.
  private static func gridRates(from lowest: Double) -> [Double] {
    var rates: [Double] = []
    var rate = 1.0
    while rate >= lowest, rates.count < 80 {
      rates.append(rate)
      rate *= 0.794_328_234_724_281_5
    }
    return rates.reversed()
  }

  private static func finite(_ value: Float) -> Float? { value.isFinite && value > -1e30 ? value : nil }
}
