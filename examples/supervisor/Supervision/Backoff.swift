/// How long to wait before the next start: full jitter under a ceiling that doubles with each failure.
///
/// The wait is drawn evenly from zero to the ceiling, so that many supervisors that lost their workers together do not
/// come back together.
public struct Backoff: Sendable, Equatable {
  /// Ceiling of the first wait.
  public var first: Duration
  /// Ceiling that is never exceeded.
  public var cap: Duration
  /// A worker that served this long is healthy: the next failure counts as the first again.
  public var stableAfter: Duration

  private var failures = 0

  /// A backoff with no failures yet.
  public init(first: Duration = .milliseconds(100), cap: Duration = .seconds(15), stableAfter: Duration = .seconds(30))
  {
    self.first = first
    self.cap = cap
    self.stableAfter = stableAfter
  }

  /// The longest the next wait can be.
  public var ceiling: Duration { min(cap, first * (1 << min(failures, 20))) }

  /// Counts a failure of a worker that had served for `service` and returns the wait before the next start.
  public mutating func next(after service: Duration, using generator: inout some RandomNumberGenerator) -> Duration {
    if service >= stableAfter { failures = 0 }
    let wait = ceiling * Double.random(in: 0...1, using: &generator)
    failures = min(failures + 1, 20)
    return wait
  }
}
