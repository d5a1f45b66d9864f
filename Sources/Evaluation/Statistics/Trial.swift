/// One decision to be judged: a comparison, or a probe looked up in a gallery.
package struct Trial: Sendable, Equatable {
  /// How sure the system is, higher is surer; ``never`` where it had nothing to go by.
  package var score: Float
  /// Whose trial it is: a position among the people of the data set, for intervals.
  package var first: Int32
  /// The other person of a comparison of two, else as ``first``.
  package var second: Int32

  /// The score of a trial that no threshold accepts: a photo without a face, or a wrong person in front.
  package static let never = -Float.infinity

  /// A trial of its parts; what is no number counts as ``never``.
  package init(score: Float, first: Int32, second: Int32? = nil) {
    self.score = score.isNaN ? Self.never : score
    self.first = first
    self.second = second ?? first
  }
}

/// The trials that should be accepted and those that should not.
package struct TrialSet: Sendable {
  /// Should be accepted.
  package var genuine: [Trial]
  /// Should be refused.
  package var impostor: [Trial]

  /// Trials of their kinds.
  package init(genuine: [Trial] = [], impostor: [Trial] = []) {
    self.genuine = genuine
    self.impostor = impostor
  }

  /// Adds one.
  package mutating func add(_ trial: Trial, isGenuine: Bool) {
    if isGenuine { genuine.append(trial) } else { impostor.append(trial) }
  }

  /// The share of genuine trials below a threshold.
  package func missRate(at threshold: Float) -> Double? {
    genuine.isEmpty ? nil : Double(genuine.count { !($0.score >= threshold) }) / Double(genuine.count)
  }

  /// The share of impostor trials at or above a threshold.
  package func falseRate(at threshold: Float) -> Double? {
    impostor.isEmpty ? nil : Double(impostor.count { $0.score >= threshold }) / Double(impostor.count)
  }
}
