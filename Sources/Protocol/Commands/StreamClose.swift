/// `stream.close`: end a live stream. Waiting frames and a running capture end with it.
public enum StreamClose: Command {
  /// Which one.
  public struct Params: CommandParams {
    /// The id that `stream.open` gave.
    public var stream: String

    /// A stream of its id.
    public init(stream: String) { self.stream = stream }

    /// Checks the ranges.
    public func validate() throws(WireError) { try Check.text(stream, 1...64, "params.stream") }
  }

  /// What the stream was.
  public struct Result: Codable, Sendable, Equatable {
    /// Frames that were sent.
    public var frames: Int
    /// Frames that were replaced by newer ones before their turn came.
    public var dropped: Int
    /// Tracks in all.
    public var tracks: Int

    /// Counts of their parts.
    public init(frames: Int, dropped: Int, tracks: Int) {
      self.frames = frames
      self.dropped = dropped
      self.tracks = tracks
    }
  }

  /// The name on the wire.
  public static let method = "stream.close"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
