/// `status`: what the worker holds and how it fares. Not queued behind other work.
public enum Status: Command {
  /// None: `{}`.
  public typealias Params = NoParams

  /// The state of the worker at one moment.
  public struct Result: Codable, Sendable, Equatable {
    /// Version of the worker.
    public var version: String
    /// Process id.
    public var pid: Int
    /// The id of this start, as in `ready`.
    public var bootID: String
    /// Milliseconds since the start.
    public var uptimeMs: Int
    /// The models in use.
    public var models: [ModelInfo]
    /// Size of the gallery.
    public var gallery: GalleryStatus
    /// What waits and what runs.
    public var queue: QueueStatus
    /// Background jobs.
    public var jobs: [JobStatus]
    /// Threads that compute.
    public var threads: Int
    /// Requests that can run at the same time.
    public var executors: Int
    /// Vector instructions in use.
    public var instructionSet: String
    /// Resident memory, in bytes.
    public var residentBytes: Int
    /// The most it ever was; absent when the system does not tell, like the next.
    public var peakResidentBytes: Int?
    /// Open descriptors.
    public var descriptors: Int?
    /// Open streams; absent when the worker does not say.
    public var streams: Int?
    /// Totals since the start.
    public var counters: Counters
    /// Latency of each method that was called, by name.
    public var methods: [String: Latency]

    /// A status of its parts.
    public init(
      version: String, pid: Int, bootID: String, uptimeMs: Int, models: [ModelInfo], gallery: GalleryStatus,
      queue: QueueStatus, jobs: [JobStatus], threads: Int, executors: Int, instructionSet: String,
      residentBytes: Int, peakResidentBytes: Int? = nil, descriptors: Int? = nil, streams: Int? = nil,
      counters: Counters, methods: [String: Latency]
    ) {
      self.version = version
      self.pid = pid
      self.bootID = bootID
      self.uptimeMs = uptimeMs
      self.models = models
      self.gallery = gallery
      self.queue = queue
      self.jobs = jobs
      self.threads = threads
      self.executors = executors
      self.instructionSet = instructionSet
      self.residentBytes = residentBytes
      self.peakResidentBytes = peakResidentBytes
      self.descriptors = descriptors
      self.streams = streams
      self.counters = counters
      self.methods = methods
    }
  }

  /// The name on the wire.
  public static let method = "status"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
