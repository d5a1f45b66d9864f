/// `models.import`: install a model from files below an `--allow-path` folder or from attachments.
public enum ModelsImport: Command {
  /// The manifest, and where the files are.
  public struct Params: CommandParams {
    /// The weight file, when there is one only; else the files are attachments named as in the manifest.
    public var path: String?
    /// The model's manifest, as in Models/*.json; required. Sizes and digests of its files are filled in when absent.
    public var manifest: JSONValue?
    /// Whether a model of the same id may be replaced, unless it is in use.
    public var replace: Bool?

    /// Parameters of their parts.
    public init(path: String? = nil, manifest: JSONValue, replace: Bool? = nil) {
      self.path = path
      self.manifest = manifest
      self.replace = replace
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.text(path, 1...4_096, "params.path")
      guard let manifest else { throw .badParams("params.manifest is required and must be an object.") }
      guard case .object = manifest else {
        throw .badParams(
          "params.manifest must be an object, found \(manifest.kindDescription).",
          details: ["field": "params.manifest"])
      }
    }
  }

  /// What was installed.
  public struct Result: Codable, Sendable, Equatable {
    /// The model as `models.list` shows it.
    public var model: ModelDescription
    /// Whether a model of the same id was replaced.
    public var replaced: Bool
    /// Whether the very same model was installed already; nothing was changed then.
    public var unchanged: Bool

    /// A result of its parts.
    public init(model: ModelDescription, replaced: Bool, unchanged: Bool) {
      self.model = model
      self.replaced = replaced
      self.unchanged = unchanged
    }
  }

  /// The name on the wire.
  public static let method = "models.import"
  /// The weight files, unless `path` names the only one.
  public static let attachments = AttachmentRule.any
}
