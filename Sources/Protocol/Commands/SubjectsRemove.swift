/// `subjects.remove`: forget a subject for good; the result is the receipt.
public enum SubjectsRemove: Command {
  /// Which subject.
  public struct Params: CommandParams {
    /// The subject's id.
    public var subject: String

    /// Parameters of their parts.
    public init(subject: String) { self.subject = subject }

    /// Checks the ranges.
    public func validate() throws(WireError) { try Check.subject(subject, "params.subject") }
  }

  /// The receipt: what was erased.
  public struct Result: Codable, Sendable, Equatable {
    /// The subject that is gone.
    public var subject: String
    /// Templates erased, embeddings included.
    public var templates: Int
    /// Aligned crops erased.
    public var crops: Int
    /// Files of the media directory erased.
    public var media: Int
    /// Trained heads whose slot for the subject was erased.
    public var heads: Int
    /// Whether the freed pages were overwritten.
    public var secureDelete: Bool
    /// Whether the write-ahead log was truncated, so that no copy is left in it.
    public var walTruncated: Bool
    /// When, RFC 3339 in UTC.
    public var erasedAt: String

    /// A receipt of its parts.
    public init(
      subject: String, templates: Int, crops: Int, media: Int, heads: Int, secureDelete: Bool, walTruncated: Bool,
      erasedAt: String
    ) {
      self.subject = subject
      self.templates = templates
      self.crops = crops
      self.media = media
      self.heads = heads
      self.secureDelete = secureDelete
      self.walTruncated = walTruncated
      self.erasedAt = erasedAt
    }
  }

  /// The name on the wire.
  public static let method = "subjects.remove"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
