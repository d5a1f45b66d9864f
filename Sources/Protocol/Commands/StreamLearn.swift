/// `stream.learn`: enrol the person of a track from the frames that come. Stays open until it has enough.
public enum StreamLearn: Command {
  /// Which track, who it is, and how much is enough.
  public struct Params: CommandParams {
    /// The id that `stream.open` gave.
    public var stream: String
    /// The track, as in the answers to `stream.frame`.
    public var track: Int
    /// The subject's id, 1 to 256 bytes, new or known; the name when absent.
    public var subject: String?
    /// A name to show, 1 to 256 bytes; needed without ``subject``.
    public var name: String?
    /// Any object, at most 16,384 bytes of JSON; absent: unchanged.
    public var metadata: JSONValue?
    /// Crops to capture, 1 to 200; 50 when absent.
    public var count: Int?
    /// Seconds after which what was captured is enough, 0.1 to 600; 30 when absent.
    public var seconds: Double?
    /// Whether to add to a known subject though the face does not look like it.
    public var force: Bool?
    /// Whether to write a picture of what was captured to the media directory; absent: yes.
    public var contactSheet: Bool?
    /// Whether to train the classifier behind it; absent: yes.
    public var train: Bool?

    /// Parameters of their parts.
    public init(
      stream: String, track: Int, subject: String? = nil, name: String? = nil, metadata: JSONValue? = nil,
      count: Int? = nil, seconds: Double? = nil, force: Bool? = nil, contactSheet: Bool? = nil, train: Bool? = nil
    ) {
      self.stream = stream
      self.track = track
      self.subject = subject
      self.name = name
      self.metadata = metadata
      self.count = count
      self.seconds = seconds
      self.force = force
      self.contactSheet = contactSheet
      self.train = train
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.text(stream, 1...64, "params.stream")
      try Check.range(track, 1...Int(Int32.max), "params.track")
      try Check.subject(subject, "params.subject")
      try Check.name(name, "params.name")
      try Check.metadata(metadata, "params.metadata")
      try Check.range(count, 1...200, "params.count")
      try Check.range(seconds, 0.1...600, "params.seconds")
      if subject == nil, name == nil {
        throw .badParams("params.subject or params.name is required.", details: ["field": "params.subject"])
      }
    }
  }

  /// What was captured and remembered.
  public struct Result: Codable, Sendable, Equatable {
    /// The subject's id.
    public var subject: String
    /// Crops that were captured.
    public var captured: Int
    /// Why the capture ended, one of ``CaptureEnd``.
    public var ended: String
    /// Frames whose crop was not captured, and why; the first 1,000.
    public var rejected: [RejectedFrame]
    /// How many frames there were whose crop was not captured.
    public var rejectedCount: Int
    /// Crops that became new templates.
    public var added: Int
    /// Crops of pictures that the subject already has a template of.
    public var alreadyEnrolled: Int
    /// Templates of the subject now.
    public var templates: Int
    /// Other subjects whose templates look like these; nothing is merged by itself.
    public var duplicates: [Candidate]
    /// The picture of what was captured.
    public var media: Media?
    /// The training job that was started.
    public var job: String?
    /// The models behind the templates.
    public var models: ModelsUsed?

    /// A result of its parts.
    public init(
      subject: String, captured: Int, ended: CaptureEnd, rejected: [RejectedFrame] = [], rejectedCount: Int = 0,
      added: Int, alreadyEnrolled: Int = 0, templates: Int, duplicates: [Candidate] = [], media: Media? = nil,
      job: String? = nil, models: ModelsUsed? = nil
    ) {
      self.subject = subject
      self.captured = captured
      self.ended = ended.rawValue
      self.rejected = rejected
      self.rejectedCount = rejectedCount
      self.added = added
      self.alreadyEnrolled = alreadyEnrolled
      self.templates = templates
      self.duplicates = duplicates
      self.media = media
      self.job = job
      self.models = models
    }
  }

  /// The name on the wire.
  public static let method = "stream.learn"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}

/// Why a capture ended; later versions may add words.
public enum CaptureEnd: String, Sendable, Equatable, CaseIterable {
  /// There are as many crops as asked for.
  case count
  /// The time is up.
  case time
  /// The person is gone.
  case trackEnded
  /// No more frames can come: stdin ended, or `shutdown`.
  case inputEnded
}

/// A frame whose crop was not captured.
public struct RejectedFrame: Codable, Sendable, Equatable {
  /// Which frame of the stream, counted from 1 as they arrive.
  public var frame: Int
  /// Why not.
  public var reasons: [String]

  /// A rejection of its parts.
  public init(frame: Int, reasons: [String]) {
    self.frame = frame
    self.reasons = reasons
  }
}
