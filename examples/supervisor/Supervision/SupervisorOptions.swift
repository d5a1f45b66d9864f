/// How patient a supervisor is.
public struct SupervisorOptions: Sendable {
  /// Workers that run at the same time. They share one gallery on disk.
  public var workers = 1
  /// Restarts allowed within ``window``, of all workers together; one more and the supervisor gives up.
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

  /// For how long a request that was in flight at a crash has a worker to itself, so that a second crash convicts it alone.
  public var isolation: Duration = .seconds(5)
  /// Address space a worker may have, in bytes (RLIMIT_AS); what goes beyond it fails inside the worker.
  public var memoryLimit: Int?
  /// Resident memory above which a healthy worker is replaced without a pause, in bytes.
  public var recycleMemory: Int?
  /// Requests after which a healthy worker is replaced without a pause, give or take a tenth, so that a pool does not do it
  /// all at once.
  public var recycleRequests: Int?
  /// How long a worker that was replaced may go on serving its open streams.
  public var retireLimit: Duration = .seconds(60)
  /// How often the metrics are written.
  public var metricsInterval: Duration = .seconds(10)
  /// A file for the metrics, in the text format of Prometheus, as a node exporter reads it from its textfile folder.
  public var metricsFile: String?

  /// The defaults.
  public init() {}
}
