/// Size of the gallery.
public struct GalleryStatus: Codable, Sendable, Equatable {
  /// Enrolled subjects.
  public var subjects: Int
  /// Templates of all subjects.
  public var templates: Int
  /// How much of it each model made; absent when the worker does not say.
  public var models: [GalleryModel]?
  /// What `calibrate` measured with the active recognizer; absent when the manifest's thresholds count.
  public var calibration: CalibrationStatus?
  /// The head that `train` made for the active recognizer; absent when there is none.
  public var classifier: ClassifierStatus?

  /// A size of its parts.
  public init(
    subjects: Int, templates: Int, models: [GalleryModel]? = nil, calibration: CalibrationStatus? = nil,
    classifier: ClassifierStatus? = nil
  ) {
    self.subjects = subjects
    self.templates = templates
    self.models = models
    self.calibration = calibration
    self.classifier = classifier
  }
}

/// A trained head, as `status` shows it.
public struct ClassifierStatus: Codable, Sendable, Equatable {
  /// The head's id, as `train` answered it.
  public var head: String
  /// The id of the recognizer.
  public var model: String
  /// Subjects it knows.
  public var subjects: Int
  /// When it was trained.
  public var trainedAt: String
  /// Why it cannot be used, so that the gallery decides alone; absent when it is in use.
  public var problem: String?

  /// A head of its parts.
  public init(head: String, model: String, subjects: Int, trainedAt: String, problem: String? = nil) {
    self.head = head
    self.model = model
    self.subjects = subjects
    self.trainedAt = trainedAt
    self.problem = problem
  }
}

/// A model that made templates of the gallery.
public struct GalleryModel: Codable, Sendable, Equatable {
  /// Its id.
  public var id: String
  /// What its templates are bound to.
  public var sha256: String
  /// Templates it made.
  public var templates: Int
  /// Subjects with at least one of them.
  public var subjects: Int

  /// A model of its parts.
  public init(id: String, sha256: String, templates: Int, subjects: Int) {
    self.id = id
    self.sha256 = sha256
    self.templates = templates
    self.subjects = subjects
  }
}

/// What waits and what runs.
public struct QueueStatus: Codable, Sendable, Equatable {
  /// Requests that wait for their turn.
  public var pending: Int
  /// Bytes of the waiting requests.
  public var pendingBytes: Int
  /// Requests being worked on.
  public var running: Int
  /// Bytes of answers the parent has not read yet.
  public var outgoingBytes: Int
  /// What waits and what runs of each class of requests, by its name; absent when the worker does not say. The first two members
  /// count the classes `work` and `models` only.
  public var classes: [String: ClassStatus]?

  /// A state of its parts.
  public init(
    pending: Int, pendingBytes: Int, running: Int, outgoingBytes: Int, classes: [String: ClassStatus]? = nil
  ) {
    self.pending = pending
    self.pendingBytes = pendingBytes
    self.running = running
    self.outgoingBytes = outgoingBytes
    self.classes = classes
  }
}

/// The requests of one class, which share threads.
public struct ClassStatus: Codable, Sendable, Equatable {
  /// Requests that wait for their turn.
  public var waiting: Int
  /// Requests being worked on.
  public var running: Int

  /// Numbers of requests.
  public init(waiting: Int, running: Int) {
    self.waiting = waiting
    self.running = running
  }
}

/// A background job.
public struct JobStatus: Codable, Sendable, Equatable {
  /// The job's id.
  public var id: String
  /// What it does.
  public var kind: String
  /// How it stands: `waiting`, `running`, `finished`, `failed`.
  public var state: String
  /// How far it is, 0 to 1.
  public var progress: Float?

  /// A job of its parts.
  public init(id: String, kind: String, state: String, progress: Float? = nil) {
    self.id = id
    self.kind = kind
    self.state = state
    self.progress = progress
  }
}

/// Totals since the start. `received` is the sum of the next five and of what waits or runs.
public struct Counters: Codable, Sendable, Equatable {
  /// Requests that arrived.
  public var received: Int
  /// Requests answered with a result.
  public var succeeded: Int
  /// Requests answered with an error other than the next three.
  public var failed: Int
  /// Requests answered `busy`.
  public var refused: Int
  /// Requests answered `cancelled`.
  public var cancelled: Int
  /// Requests answered `deadlineExceeded`.
  public var expired: Int
  /// Events sent.
  public var events: Int
  /// Bytes read.
  public var bytesIn: Int
  /// Bytes handed to the pipe.
  public var bytesOut: Int
  /// Frames of streams among the results that were not looked at, because a newer one took their place; absent when the worker
  /// does not say.
  public var dropped: Int?

  /// Totals of their parts.
  public init(
    received: Int = 0, succeeded: Int = 0, failed: Int = 0, refused: Int = 0, cancelled: Int = 0, expired: Int = 0,
    events: Int = 0, bytesIn: Int = 0, bytesOut: Int = 0, dropped: Int? = nil
  ) {
    self.received = received
    self.succeeded = succeeded
    self.failed = failed
    self.refused = refused
    self.cancelled = cancelled
    self.expired = expired
    self.events = events
    self.bytesIn = bytesIn
    self.bytesOut = bytesOut
    self.dropped = dropped
  }
}

/// Time from arrival to the answer of one method, in milliseconds. Percentiles are within 5 % of the true value.
public struct Latency: Codable, Sendable, Equatable {
  /// Answers counted.
  public var count: Int
  /// Answers among them that were errors.
  public var errors: Int
  /// Half of the answers took at most this.
  public var p50Ms: Double
  /// 95 % of the answers took at most this.
  public var p95Ms: Double
  /// 99 % of the answers took at most this.
  public var p99Ms: Double
  /// The slowest answer.
  public var maxMs: Double

  /// A summary of its parts.
  public init(count: Int, errors: Int, p50Ms: Double, p95Ms: Double, p99Ms: Double, maxMs: Double) {
    self.count = count
    self.errors = errors
    self.p50Ms = p50Ms
    self.p95Ms = p95Ms
    self.p99Ms = p99Ms
    self.maxMs = maxMs
  }
}
