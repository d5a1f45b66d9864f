/// `models.list`: the installed models, in use or not.
public enum ModelsList: Command {
  /// None: `{}`.
  public typealias Params = NoParams

  /// All models, by id.
  public struct Result: Codable, Sendable, Equatable {
    /// Sorted by the UTF-8 bytes of their ids.
    public var models: [ModelDescription]

    /// A list.
    public init(models: [ModelDescription]) { self.models = models }
  }

  /// The name on the wire.
  public static let method = "models.list"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
