/// `shutdown`: finish everything that was sent before, answer, exit 0. The answer is the last frame.
public enum Shutdown: Command {
  /// None: `{}`.
  public typealias Params = NoParams

  /// `{}`
  public struct Result: Codable, Sendable, Equatable {
    /// An empty result.
    public init() {}
  }

  /// The name on the wire.
  public static let method = "shutdown"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
