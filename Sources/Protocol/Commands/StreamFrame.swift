/// `stream.frame`: the next picture of a live stream. The latest wins: a frame that still waits when a newer one of its
/// stream arrives is answered `{"dropped": true}`.
public enum StreamFrame: Command {
  /// Which stream, and when.
  public struct Params: CommandParams {
    /// The id that `stream.open` gave.
    public var stream: String
    /// When the picture was taken, in milliseconds of the stream's own clock, 0 to 1e12; its arrival when absent.
    public var timeMs: Double?

    /// A frame of its parts.
    public init(stream: String, timeMs: Double? = nil) {
      self.stream = stream
      self.timeMs = timeMs
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.text(stream, 1...64, "params.stream")
      try Check.range(timeMs, 0...1e12, "params.timeMs")
    }
  }

  /// The tracks of the frame, or that it was dropped.
  public typealias Result = FrameAnswer
  /// The name on the wire.
  public static let method = "stream.frame"
  /// One image.
  public static let attachments = AttachmentRule.image
}

/// What `stream.frame` returns.
public enum FrameAnswer: Codable, Sendable, Equatable {
  /// What the frame shows.
  case tracks(FrameTracks)
  /// A newer frame took its place. Frames are counted as they arrive, from 1.
  case dropped(frame: Int)

  private enum CodingKeys: String, CodingKey { case dropped, frame }

  /// Decodes either, told apart by the member `dropped`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if try container.decodeIfPresent(Bool.self, forKey: .dropped) ?? false {
      self = .dropped(frame: try container.decode(Int.self, forKey: .frame))
    } else {
      self = .tracks(try FrameTracks(from: decoder))
    }
  }

  /// Encodes the object of whichever it is.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .tracks(let tracks): try tracks.encode(to: encoder)
    case .dropped(let frame):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(true, forKey: .dropped)
      try container.encode(frame, forKey: .frame)
    }
  }
}

/// The faces of one frame of a stream, each with the track it belongs to.
public struct FrameTracks: Codable, Sendable, Equatable {
  /// Size of the upright image.
  public var image: ImageSize
  /// Which frame of the stream, counted from 1 as they arrive, dropped ones included.
  public var frame: Int
  /// Faces in this frame, largest first.
  public var tracks: [TrackedFace]
  /// Tracks that go on though this frame shows nothing of them.
  public var missing: [Int]
  /// Tracks that ended since the last answered frame.
  public var ended: [Int]
  /// The models behind the answer.
  public var models: ModelsUsed?

  /// An answer of its parts.
  public init(
    image: ImageSize, frame: Int, tracks: [TrackedFace], missing: [Int] = [], ended: [Int] = [],
    models: ModelsUsed? = nil
  ) {
    self.image = image
    self.frame = frame
    self.tracks = tracks
    self.missing = missing
    self.ended = ended
    self.models = models
  }
}
