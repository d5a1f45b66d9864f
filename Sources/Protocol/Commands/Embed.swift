/// `embed`: as `detect`, each face with its embedding. One image or many.
public enum Embed: Command {
  /// The same as those of `detect`.
  public typealias Params = Detect.Params
  /// The faces of one image, or counts.
  public typealias Result = ImageAnswer
  /// The name on the wire.
  public static let method = "embed"
  /// One image or many.
  public static let attachments = AttachmentRule.images
}
