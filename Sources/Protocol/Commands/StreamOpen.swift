/// `stream.open`: begin a live stream, whose pictures belong together in time.
public enum StreamOpen: Command {
  /// How its frames are answered; the members are those of ``Identify/Params``.
  public struct Params: CommandParams {
    /// Candidates of a face, 1 to 1,000; 5 when absent.
    public var topK: Int?
    /// How to decide; the worker's own rule when absent.
    public var rule: DecisionRule?
    /// The score an identity needs, -1 to 1; the model's own threshold when absent.
    public var threshold: Float?
    /// Smallest width or height of a face worth finding, in pixels; 40 when absent, since smaller ones are not learned.
    public var minFaceSize: Int?
    /// At most this many faces a frame, the largest ones, 1 to 100; 20 when absent.
    public var maxFaces: Int?

    /// Parameters of their parts.
    public init(
      topK: Int? = nil, rule: DecisionRule? = nil, threshold: Float? = nil, minFaceSize: Int? = nil,
      maxFaces: Int? = nil
    ) {
      self.topK = topK
      self.rule = rule
      self.threshold = threshold
      self.minFaceSize = minFaceSize
      self.maxFaces = maxFaces
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.range(topK, 1...1_000, "params.topK")
      try Check.range(threshold, -1...1, "params.threshold")
      try Check.range(minFaceSize, 1...10_000, "params.minFaceSize")
      try Check.range(maxFaces, 1...100, "params.maxFaces")
    }
  }

  /// The stream.
  public struct Result: Codable, Sendable, Equatable {
    /// Its id, for the other `stream` methods; never used again, also not by another worker.
    public var stream: String

    /// A stream of its id.
    public init(stream: String) { self.stream = stream }
  }

  /// The name on the wire.
  public static let method = "stream.open"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
