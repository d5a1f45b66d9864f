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
    /// Ids of recognizers that a `train` of scope `tail` or `full` changed with the subject's faces. They
    /// hold no picture and no vector of the subject, but what was learned from them.
    public var models: [String]
    /// Whether the freed pages were overwritten.
    public var secureDelete: Bool
    /// Whether the write-ahead log was truncated, so that no copy is left in it.
    public var walTruncated: Bool
    /// When, RFC 3339 in UTC.
    public var erasedAt: String

    /// A receipt of its parts.
    public init(
      subject: String, templates: Int, crops: Int, media: Int, heads: Int, models: [String] = [], secureDelete: Bool,
      walTruncated: Bool, erasedAt: String
    ) {
      self.subject = subject
      self.templates = templates
      self.crops = crops
      self.media = media
      self.heads = heads
      self.models = models
      self.secureDelete = secureDelete
      self.walTruncated = walTruncated
      self.erasedAt = erasedAt
    }

    /// Reads a receipt; one stored by an earlier version says nothing of models.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        subject: try values.decode(String.self, forKey: .subject),
        templates: try values.decode(Int.self, forKey: .templates), crops: try values.decode(Int.self, forKey: .crops),
        media: try values.decode(Int.self, forKey: .media), heads: try values.decode(Int.self, forKey: .heads),
        models: try values.decodeIfPresent([String].self, forKey: .models) ?? [],
        secureDelete: try values.decode(Bool.self, forKey: .secureDelete),
        walTruncated: try values.decode(Bool.self, forKey: .walTruncated),
        erasedAt: try values.decode(String.self, forKey: .erasedAt))
    }
  }

  /// The name on the wire.
  public static let method = "subjects.remove"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
