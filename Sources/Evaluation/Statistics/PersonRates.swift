internal import Calibration

/// Shares of probes with intervals that know that probes of one person are alike.
enum PersonRates {
  /// The share of the probes for which `isError` holds.
  static func rate(_ probes: [ProbeOutcome], draws: Int, _ isError: (ProbeOutcome) -> Bool) -> Rate {
    var counts: [Int32: (errors: Int, all: Int)] = [:]
    for probe in probes {
      var count = counts[probe.group] ?? (0, 0)
      count.all += 1
      if isError(probe) { count.errors += 1 }
      counts[probe.group] = count
    }
    let people = counts.keys.sorted().compactMap { counts[$0] }
    let errors = people.reduce(0) { $0 + $1.errors }
    return Rate(errors: errors, of: probes.count, drawn: errors > 0 ? interval(people, draws) : nil)
  }

  private static func interval(_ people: [(errors: Int, all: Int)], _ draws: Int) -> ClosedRange<Double>? {
    guard people.count > 1, draws > 0 else { return nil }
    var random = SplitMix64(state: 3)
    var rates = (0..<draws).map { _ in
      var (errors, all) = (0, 0)
      for _ in people.indices {
        let person = people[random.index(below: people.count)]
        errors += person.errors
        all += person.all
      }
      return Double(errors) / Double(max(1, all))
    }
    rates.sort()
    let last = Double(rates.count - 1)
    return rates[Int(last * 0.025)]...rates[Int((last * 0.975).rounded(.up))]
  }
}
