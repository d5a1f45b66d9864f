package import Protocol

/// What `status` tells of the engine behind the session.
package struct EngineStatus: Sendable {
  /// The models in use.
  package var models: [ModelInfo]
  /// Size of the gallery.
  package var gallery: GalleryStatus
  /// Background jobs.
  package var jobs: [JobStatus]
  /// Open streams.
  package var streams: Int

  /// A status of its parts.
  package init(models: [ModelInfo], gallery: GalleryStatus, jobs: [JobStatus] = [], streams: Int = 0) {
    self.models = models
    self.gallery = gallery
    self.jobs = jobs
    self.streams = streams
  }
}

/// How a session behaves.
package struct SessionConfiguration: Sendable {
  /// Frames, or lines of text.
  package var mode: ChannelMode
  /// The bounds, echoed in `ready`.
  package var limits: Limits
  /// Requests that run at the same time. In text mode one is usual: answers then come in the order of the lines.
  package var executors: Int
  /// Files that requests may name.
  package var paths: PathPolicy
  /// Where the log goes.
  package var log: Log
  /// Time for running work after SIGTERM, SIGINT or a broken stdout, in milliseconds.
  package var stopLimitMs: Int
  /// Time for accepted work after the parent died, in milliseconds.
  package var orphanLimitMs: Int
  /// Whether SIGTERM and SIGINT end the session. Off in tests, which share a process.
  package var handlesSignals: Bool
  /// Faults to commit, for tests of supervisors.
  package var faults: FaultInjector?
  /// A file that gets a copy of all bytes read.
  package var mirrorInput: String?
  /// A file that gets a copy of all bytes written.
  package var mirrorOutput: String?
  /// Where metrics are written, if they are wanted.
  package var metrics: MetricsDestination?
  /// The present generation of the gallery and the models. Must be quick: asked at every answer.
  package var generation: @Sendable () -> Int
  /// The engine's part of `status`. Called on a thread of its own.
  package var status: @Sendable () throws -> EngineStatus

  /// A configuration of its parts.
  package init(
    mode: ChannelMode = .frames, limits: Limits = .standard, executors: Int = 2, paths: PathPolicy = .none,
    log: Log = Log(), stopLimitMs: Int = 4_000, orphanLimitMs: Int = 30_000, handlesSignals: Bool = true,
    faults: FaultInjector? = nil, mirrorInput: String? = nil, mirrorOutput: String? = nil,
    metrics: MetricsDestination? = nil,
    generation: @escaping @Sendable () -> Int,
    status: @escaping @Sendable () throws -> EngineStatus
  ) {
    self.mode = mode
    self.limits = limits
    self.executors = executors
    self.paths = paths
    self.log = log
    self.stopLimitMs = stopLimitMs
    self.orphanLimitMs = orphanLimitMs
    self.handlesSignals = handlesSignals
    self.faults = faults
    self.mirrorInput = mirrorInput
    self.mirrorOutput = mirrorOutput
    self.metrics = metrics
    self.generation = generation
    self.status = status
  }
}
