/// `ping`: is the worker alive? Answered by the thread that reads, even when every core is busy.
public enum Ping: Command {
  /// None: `{}`.
  public typealias Params = NoParams

  /// `{}`
  public struct Result: Codable, Sendable, Equatable {
    /// An empty result.
    public init() {}
  }

  /// The name on the wire.
  public static let method = "ping"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
