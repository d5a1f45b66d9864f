package import Calibration

/// Intervals of what a curve says, from drawing people anew.
///
/// Every draw weighs the trials, finds its own thresholds and rates; the 2.5 and 97.5 % quantiles are the interval. With few
/// errors or none a draw cannot show more than there is, so the exact binomial interval widens it.
struct CurveBootstrap {
  /// What one set of trials gives.
  struct Outcome {
    var equalErrorRate: ClosedRange<Double>?
    /// By the false rates asked for: the miss rates' intervals.
    var missRates: [ClosedRange<Double>?]
    /// At the fixed threshold.
    var missRate: ClosedRange<Double>?
    var falseRate: ClosedRange<Double>?
  }

  /// Trials looked at in all draws together, at most: about two seconds.
  private static let budget = 400_000_000
  static let fewestDraws = 200

  let sorted: SortedTrials
  let people: PeopleDraws

  /// Draws `draws` times, fewer with very many trials; all intervals are absent where people cannot be drawn.
  func run(
    falseRates: [Double], fixed: Float?, draws: Int, seed: UInt64, checkpoint: () throws -> Void
  ) throws -> Outcome {
    var random = SplitMix64(state: seed)
    var equal: [Double] = []
    var misses = [[Double]](repeating: [], count: falseRates.count)
    var (fixedMiss, fixedFalse): ([Double], [Double]) = ([], [])
    let affordable = Self.budget / max(1, sorted.entries.count)
    let rounds = people.isUseful ? min(draws, max(Self.fewestDraws, affordable)) : 0
    for round in 0..<rounds {
      if round % 16 == 0 || sorted.entries.count > 100_000 { try checkpoint() }
      let weights = people.draw(&random)
      guard let draw = weights.withUnsafeBufferPointer({ measure($0, falseRates, fixed) }) else { continue }
      equal.append(draw.equal)
      for index in misses.indices { misses[index].append(draw.misses[index]) }
      fixedMiss.append(draw.fixed.miss)
      fixedFalse.append(draw.fixed.false)
    }
    return Outcome(
      equalErrorRate: Self.interval(&equal), missRates: misses.indices.map { Self.interval(&misses[$0]) },
      missRate: fixed == nil ? nil : Self.interval(&fixedMiss),
      falseRate: fixed == nil ? nil : Self.interval(&fixedFalse))
  }

  private struct Draw {
    var equal = 1.0
    var misses: [Double]
    var fixed = (miss: 1.0, false: 0.0)
  }

  /// One walk down the scores; `nil` when a kind of trial was not drawn at all.
  private func measure(_ weights: UnsafeBufferPointer<Int32>, _ falseRates: [Double], _ fixed: Float?) -> Draw? {
    var (genuineTotal, impostorTotal) = (0, 0)
    var counts: [(genuine: Int, impostor: Int)] = []
    counts.reserveCapacity(sorted.steps.count)
    for step in sorted.steps {
      var (genuine, impostor) = (0, 0)
      for index in step.entries {
        let entry = sorted.entries[index]
        let weight = entry.weight(weights)
        if entry.isGenuine { genuine += weight } else { impostor += weight }
      }
      counts.append((genuine, impostor))
      genuineTotal += genuine
      impostorTotal += impostor
    }
    guard genuineTotal > 0, impostorTotal > 0 else { return nil }
    let (allGenuine, allImpostor) = (Double(genuineTotal), Double(impostorTotal))
    var draw = Draw(misses: Array(repeating: 0, count: falseRates.count))
    var isFound = [Bool](repeating: false, count: falseRates.count)
    var isEqualFound = false
    var (genuine, impostor) = (0, 0)
    var last = (falseRate: 0.0, missRate: 1.0)
    for (step, count) in zip(sorted.steps, counts) {
      genuine += count.genuine
      impostor += count.impostor
      let next = (falseRate: Double(impostor) / allImpostor, missRate: 1 - Double(genuine) / allGenuine)
      for index in falseRates.indices where !isFound[index] && next.falseRate > falseRates[index] + 1e-12 {
        isFound[index] = true
        draw.misses[index] = last.missRate
      }
      if !isEqualFound, next.falseRate >= next.missRate {
        isEqualFound = true
        draw.equal = ErrorCurve.crossing(last, next)
      }
      if let fixed, step.score >= fixed { draw.fixed = (next.missRate, next.falseRate) }
      last = next
    }
    return draw
  }

  private static func interval(_ values: inout [Double]) -> ClosedRange<Double>? {
    guard !values.isEmpty else { return nil }
    values.sort()
    let last = Double(values.count - 1)
    let low = values[Int(last * 0.025)]
    return low...max(low, values[Int((last * 0.975).rounded(.up))])
  }
}

extension Rate {
  /// A rate with the wider of a drawn and the exact binomial interval at each end.
  package init(errors: Int, of trials: Int, drawn: ClosedRange<Double>?) {
    let exact = ClopperPearson.interval(errors: errors, trials: trials)
    self.init(
      value: trials > 0 ? Double(errors) / Double(trials) : 0, low: min(exact.low, drawn?.lowerBound ?? 1),
      high: max(exact.high, drawn?.upperBound ?? 0), errors: errors, comparisons: trials)
  }
}
