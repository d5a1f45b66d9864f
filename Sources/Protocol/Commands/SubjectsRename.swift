/// `subjects.rename`: give a subject another name, another id, or both.
public enum SubjectsRename: Command {
  /// Which subject, and what changes.
  public struct Params: CommandParams {
    /// The subject's id.
    public var subject: String
    /// The new name, 1 to 256 bytes; absent: unchanged.
    public var name: String?
    /// The new id, 1 to 256 bytes; `subjectExists` when it is taken (merge instead). Absent: unchanged.
    public var to: String?

    /// Parameters of their parts.
    public init(subject: String, name: String? = nil, to: String? = nil) {
      self.subject = subject
      self.name = name
      self.to = to
    }

    /// Checks the ranges, and that something changes.
    public func validate() throws(WireError) {
      try Check.subject(subject, "params.subject")
      try Check.name(name, "params.name")
      try Check.subject(to, "params.to")
      if name == nil, to == nil { throw .badParams("params needs a name, or a new id in to.") }
    }
  }

  /// The subject as it is now.
  public typealias Result = SubjectRecord
  /// The name on the wire.
  public static let method = "subjects.rename"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
