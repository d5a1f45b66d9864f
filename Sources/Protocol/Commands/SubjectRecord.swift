/// What the gallery knows of a subject.
public struct SubjectRecord: Codable, Sendable, Equatable {
  /// The subject's id.
  public var subject: String
  /// The name to show, when there is one.
  public var name: String?
  /// The object given at enrollment, when there is one.
  public var metadata: JSONValue?
  /// Templates of the subject.
  public var templates: Int
  /// When the subject was first enrolled, RFC 3339 in UTC.
  public var createdAt: String
  /// When the subject last changed, RFC 3339 in UTC.
  public var updatedAt: String

  /// A record of its parts.
  public init(
    subject: String, name: String? = nil, metadata: JSONValue? = nil, templates: Int, createdAt: String,
    updatedAt: String
  ) {
    self.subject = subject
    self.name = name
    self.metadata = metadata
    self.templates = templates
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
