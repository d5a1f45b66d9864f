/// `enroll`: remember the face of a subject from one image or many.
///
/// Images that cannot be used are listed in `rejected`; the others count. When none can be used the request fails with
/// the first image's code, and `details.rejected` lists all of them.
public enum Enroll: Command {
  /// Who it is, and which face of an image with several.
  public struct Params: CommandParams {
    /// The subject's id, 1 to 256 bytes; new or known.
    public var subject: String
    /// A name to show, 1 to 256 bytes; absent: unchanged.
    public var name: String?
    /// Any object, at most 16,384 bytes of JSON; absent: unchanged.
    public var metadata: JSONValue?
    /// Which face of an image with several; absent: such an image is rejected.
    public var select: FaceSelection?

    /// Parameters of their parts.
    public init(
      subject: String, name: String? = nil, metadata: JSONValue? = nil, select: FaceSelection? = nil
    ) {
      self.subject = subject
      self.name = name
      self.metadata = metadata
      self.select = select
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.subject(subject, "params.subject")
      try Check.name(name, "params.name")
      try Check.metadata(metadata, "params.metadata")
      if case .box(let box) = select {
        try Check.range(box.width, 1...1_000_000, "params.select.width")
        try Check.range(box.height, 1...1_000_000, "params.select.height")
        try Check.range(box.x, -1_000_000...1_000_000, "params.select.x")
        try Check.range(box.y, -1_000_000...1_000_000, "params.select.y")
      }
    }
  }

  /// What was remembered. `added + alreadyEnrolled + rejected.count` is the number of images.
  public struct Result: Codable, Sendable, Equatable {
    /// The subject's id.
    public var subject: String
    /// Images that became new templates.
    public var added: Int
    /// Images this subject already has a template of, by their bytes.
    public var alreadyEnrolled: Int
    /// Images that could not be used.
    public var rejected: [RejectedImage]
    /// Templates of the subject now.
    public var templates: Int
    /// Other subjects whose templates look like these; nothing is merged by itself.
    public var duplicates: [Candidate]
    /// The models behind the templates.
    public var models: ModelsUsed?

    /// A result of its parts.
    public init(
      subject: String, added: Int, alreadyEnrolled: Int = 0, rejected: [RejectedImage] = [], templates: Int,
      duplicates: [Candidate] = [], models: ModelsUsed? = nil
    ) {
      self.models = models
      self.subject = subject
      self.added = added
      self.alreadyEnrolled = alreadyEnrolled
      self.rejected = rejected
      self.templates = templates
      self.duplicates = duplicates
    }
  }

  /// The name on the wire.
  public static let method = "enroll"
  /// One image or many.
  public static let attachments = AttachmentRule.images
}

/// An image that was not enrolled.
public struct RejectedImage: Codable, Sendable, Equatable {
  /// Which attachment, counted from 0.
  public var index: Int
  /// Why, for programs.
  public var code: ErrorCode
  /// Why, for people.
  public var message: String
  /// What is poor about the face (`lowQuality`), from ``Quality/knownReasons``.
  public var reasons: [String]
  /// The face that was judged, when there was one.
  public var box: Box?

  /// A rejection of its parts.
  public init(index: Int, code: ErrorCode, message: String, reasons: [String] = [], box: Box? = nil) {
    self.index = index
    self.code = code
    self.message = message
    self.reasons = reasons
    self.box = box
  }
}

/// Which face of an image is meant: `"largest"`, `"center"`, or the box that overlaps it most.
public enum FaceSelection: Codable, Sendable, Equatable {
  /// The one with the largest area.
  case largest
  /// The one closest to the middle of the image.
  case center
  /// The one that overlaps this box most.
  case box(Box)

  /// Decodes a word or a box.
  public init(from decoder: any Decoder) throws {
    let word: String
    do {
      word = try decoder.singleValueContainer().decode(String.self)
    } catch {
      guard (try? decoder.container(keyedBy: AnyKey.self)) != nil else {
        throw JSONProblem(decoder.codingPath, "must be \"largest\", \"center\" or a box")
      }
      self = .box(try Box(from: decoder))
      return
    }
    switch word {
    case "largest": self = .largest
    case "center": self = .center
    default: throw JSONProblem(decoder.codingPath, "must be \"largest\", \"center\" or a box")
    }
  }

  /// Encodes a word or a box.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .largest: try container.encode("largest")
    case .center: try container.encode("center")
    case .box(let box): try container.encode(box)
    }
  }

  private enum AnyKey: CodingKey {}
}
