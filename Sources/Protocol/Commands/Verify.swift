/// `verify`: do two images show the same person? Attachments `a` and `b`; the largest face of each is compared.
public enum Verify: Command {
  /// None: `{}`.
  public typealias Params = NoParams

  /// How alike the two faces are.
  public struct Result: Codable, Sendable, Equatable {
    /// Match score: cosine similarity, -1 to 1.
    public var score: Float
    /// Probability 0 to 1 that both are the same person; absent until the collection was calibrated.
    public var calibrated: Float?
    /// Whether the score reaches the threshold.
    public var match: Bool
    /// The model's threshold.
    public var threshold: Float
    /// The face of `a`, then the face of `b`.
    public var faces: [Face]
    /// The models behind the answer.
    public var models: ModelsUsed?

    /// A result of its parts.
    public init(
      score: Float, calibrated: Float? = nil, match: Bool, threshold: Float, faces: [Face], models: ModelsUsed? = nil
    ) {
      self.models = models
      self.score = score
      self.calibrated = calibrated
      self.match = match
      self.threshold = threshold
      self.faces = faces
    }
  }

  /// The name on the wire.
  public static let method = "verify"
  /// One image `a` and one image `b`.
  public static let attachments = AttachmentRule.named(["a", "b"])
}
