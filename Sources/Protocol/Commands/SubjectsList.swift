/// `subjects.list`: who is enrolled, a page at a time, by id.
public enum SubjectsList: Command {
  /// Which page.
  public struct Params: CommandParams {
    /// Subjects of a page, 1 to 1,000; 100 when absent.
    public var limit: Int?
    /// Start after this subject id; from the beginning when absent.
    public var after: String?

    /// Parameters of their parts.
    public init(limit: Int? = nil, after: String? = nil) {
      self.limit = limit
      self.after = after
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.range(limit, 1...1_000, "params.limit")
      try Check.subject(after, "params.after")
    }
  }

  /// One page.
  public struct Result: Codable, Sendable, Equatable {
    /// Subjects in the order of their ids (by UTF-8 bytes). A page may be shorter than asked for.
    public var subjects: [SubjectRecord]
    /// Subjects in all.
    public var total: Int
    /// The `after` of the next page; absent on the last one.
    public var next: String?

    /// A page of its parts.
    public init(subjects: [SubjectRecord], total: Int, next: String? = nil) {
      self.subjects = subjects
      self.total = total
      self.next = next
    }
  }

  /// The name on the wire.
  public static let method = "subjects.list"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
