/// `identify`: as `detect`, each face with the subjects it may be and the one it is. One image or many.
public enum Identify: Command {
  /// How to decide, and which faces to report.
  public struct Params: CommandParams {
    /// Candidates of a face, 1 to 1,000; 5 when absent.
    public var topK: Int?
    /// How to decide; the worker's own rule when absent.
    public var rule: DecisionRule?
    /// The score an identity needs, -1 to 1; the model's own threshold when absent.
    public var threshold: Float?
    /// Whether to write a picture with boxes, names and scores to the media directory.
    public var annotate: Bool?
    /// See ``Detect/Params/minFaceSize``.
    public var minFaceSize: Int?
    /// See ``Detect/Params/maxFaces``.
    public var maxFaces: Int?

    /// Parameters of their parts.
    public init(
      topK: Int? = nil, rule: DecisionRule? = nil, threshold: Float? = nil, annotate: Bool? = nil,
      minFaceSize: Int? = nil, maxFaces: Int? = nil
    ) {
      self.topK = topK
      self.rule = rule
      self.threshold = threshold
      self.annotate = annotate
      self.minFaceSize = minFaceSize
      self.maxFaces = maxFaces
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.range(topK, 1...1_000, "params.topK")
      try Check.range(threshold, -1...1, "params.threshold")
      try Check.range(minFaceSize, 1...10_000, "params.minFaceSize")
      try Check.range(maxFaces, 1...1_000, "params.maxFaces")
    }
  }

  /// The faces of one image, or counts.
  public typealias Result = ImageAnswer
  /// The name on the wire.
  public static let method = "identify"
  /// One image or many.
  public static let attachments = AttachmentRule.images
}

/// How candidates become an identity.
public enum DecisionRule: String, WireChoice {
  /// Classifier above 0.7, else cosine above 0.7, else unknown: the published recipe.
  case seed
  /// Both routes, safe against strangers.
  case hybrid
  /// The gallery alone.
  case gallery
  /// The classifier alone.
  case classifier
}
