/// How often a worker may be restarted before giving up is more honest than trying again.
struct RestartBudget: Sendable {
  /// Restarts allowed within ``window``.
  let maximum: Int
  /// How far back restarts are counted.
  let window: Duration

  private var restarts: [Duration] = []

  init(maximum: Int, window: Duration) {
    self.maximum = maximum
    self.window = window
  }

  /// Takes one restart from the budget at `now`; false when there is none left.
  mutating func spend(at now: Duration) -> Bool {
    restarts.removeAll { $0 <= now - window }
    guard restarts.count < maximum else { return false }
    restarts.append(now)
    return true
  }
}
