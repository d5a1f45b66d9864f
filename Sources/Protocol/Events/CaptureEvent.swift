/// How far a `stream.learn` is; sent for every frame that shows its track.
public struct CaptureEvent: Codable, Sendable, Equatable {
  /// Always `capture`.
  public var event: String
  /// The frame behind it, counted from 1 as they arrive.
  public var frame: Int
  /// Crops captured so far.
  public var captured: Int
  /// Crops asked for.
  public var count: Int
  /// Crops that were not captured, by the reason why; one may have several.
  public var rejected: [String: Int]

  /// An event of its parts.
  public init(frame: Int, captured: Int, count: Int, rejected: [String: Int] = [:]) {
    event = "capture"
    self.frame = frame
    self.captured = captured
    self.count = count
    self.rejected = rejected
  }
}
