internal import Calibration

/// Draws people with replacement, so that intervals know that trials of one person are alike (Efron 1979).
package struct PeopleDraws: Sendable {
  /// People who are drawn among each other: enrolled people, and strangers.
  private let strata: [[Int32]]
  /// How many people there are, drawn or not.
  private let count: Int

  /// The people who occur in the trials; `strata` are drawn apart, the rest together.
  package init(_ set: TrialSet, people: Int, isStranger: (Int32) -> Bool = { _ in false }) {
    count = max(0, people)
    var isPresent = [Bool](repeating: false, count: count)
    for trial in [set.genuine, set.impostor].joined() {
      for person in [trial.first, trial.second] where isPresent.indices.contains(Int(person)) {
        isPresent[Int(person)] = true
      }
    }
    let present = isPresent.indices.filter { isPresent[$0] }.map { Int32(clamping: $0) }
    strata = [present.filter { !isStranger($0) }, present.filter(isStranger)].filter { !$0.isEmpty }
  }

  /// Whether drawing says anything: one person alone is always drawn.
  var isUseful: Bool { strata.contains { $0.count > 1 } }

  /// How often each person was drawn.
  func draw(_ random: inout SplitMix64) -> [Int32] {
    var weights = [Int32](repeating: 0, count: count)
    for people in strata {
      for _ in people { weights[Int(people[random.index(below: people.count)])] += 1 }
    }
    return weights
  }
}

extension SortedTrials.Entry {
  /// How much a trial weighs when people do: a comparison of two counts as often as both were drawn (Snijders and
  /// Borgatti 1999).
  func weight(_ weights: UnsafeBufferPointer<Int32>) -> Int {
    guard weights.indices.contains(Int(first)), weights.indices.contains(Int(second)) else { return 0 }
    let a = Int(weights[Int(first)])
    return first == second ? a : a * Int(weights[Int(second)])
  }
}
