/// `subjects.get`: what is known of one subject.
public enum SubjectsGet: Command {
  /// Which subject.
  public struct Params: CommandParams {
    /// The subject's id.
    public var subject: String

    /// Parameters of their parts.
    public init(subject: String) { self.subject = subject }

    /// Checks the ranges.
    public func validate() throws(WireError) { try Check.subject(subject, "params.subject") }
  }

  /// The subject as it is now.
  public typealias Result = SubjectRecord
  /// The name on the wire.
  public static let method = "subjects.get"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
