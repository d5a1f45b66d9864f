/// `subjects.merge`: two subjects are one person; all templates of the first go to the second, the first is gone.
public enum SubjectsMerge: Command {
  /// Which subjects.
  public struct Params: CommandParams {
    /// The subject that disappears.
    public var from: String
    /// The subject that stays, with its own name and metadata.
    public var into: String

    /// Parameters of their parts.
    public init(from: String, into: String) {
      self.from = from
      self.into = into
    }

    /// Checks the ranges, and that there are two subjects.
    public func validate() throws(WireError) {
      try Check.subject(from, "params.from")
      try Check.subject(into, "params.into")
      if from == into { throw .badParams("params.from and params.into are the same subject.") }
    }
  }

  /// What came of it.
  public struct Result: Codable, Sendable, Equatable {
    /// The subject that stays.
    public var subject: String
    /// Templates that changed hands.
    public var moved: Int
    /// Templates of the subject now.
    public var templates: Int

    /// A result of its parts.
    public init(subject: String, moved: Int, templates: Int) {
      self.subject = subject
      self.moved = moved
      self.templates = templates
    }
  }

  /// The name on the wire.
  public static let method = "subjects.merge"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
