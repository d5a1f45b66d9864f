/// `detect`: where are the faces? One image or many.
public enum Detect: Command {
  /// Which faces to report.
  public struct Params: CommandParams {
    /// Smallest width or height of a face worth finding, in pixels, 12 to 10,000; the model's own bound when absent.
    public var minFaceSize: Int?
    /// At most this many faces an image, the largest ones, 1 to 1,000.
    public var maxFaces: Int?

    /// Parameters of their parts.
    public init(minFaceSize: Int? = nil, maxFaces: Int? = nil) {
      self.minFaceSize = minFaceSize
      self.maxFaces = maxFaces
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.range(minFaceSize, 1...10_000, "params.minFaceSize")
      try Check.range(maxFaces, 1...1_000, "params.maxFaces")
    }
  }

  /// The faces of one image, or counts.
  public typealias Result = ImageAnswer
  /// The name on the wire.
  public static let method = "detect"
  /// One image or many.
  public static let attachments = AttachmentRule.images
}
