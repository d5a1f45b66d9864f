/// How patient a supervisor is.
public struct SupervisorOptions: Sendable {
  /// Restarts allowed within ``window``; one more and the supervisor gives up.
  public var maxRestarts = 5
  /// How far back restarts are counted.
  public var window: Duration = .seconds(60)
  /// Waits between restarts.
  public var backoff = Backoff()
  /// A worker that has not said `ready` after this long is replaced.
  public var startLimit: Duration = .seconds(30)
  /// How often a serving worker is pinged, and how long it has to answer.
  public var pingInterval: Duration = .seconds(5)
  /// Pings without an answer, one after the other, after which the worker is replaced.
  public var missedPings = 2
  /// Time between SIGTERM and SIGKILL.
  public var killGrace: Duration = .seconds(5)
  /// After the end of input: time for everything in flight to be answered.
  public var drainLimit: Duration = .seconds(60)
  /// Requests held at once, in flight or waiting for a worker; more are answered `busy`.
  public var maxPending = 1_024
  /// Bytes of requests held at once; more are answered `busy`.
  public var maxPendingBytes = 268_435_456

  /// The defaults.
  public init() {}
}
