/// `models.activate`: use another installed detector or recognizer from now on, without a restart.
public enum ModelsActivate: Command {
  /// Which model.
  public struct Params: CommandParams {
    /// Its id, 1 to 128 bytes.
    public var id: String

    /// Parameters of their parts.
    public init(id: String) { self.id = id }

    /// Checks the ranges.
    public func validate() throws(WireError) { try Check.text(id, 1...128, "params.id") }
  }

  /// What was replaced.
  public typealias Result = ModelSwap
  /// The name on the wire.
  public static let method = "models.activate"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}

/// What a swap of a model did.
public struct ModelSwap: Codable, Sendable, Equatable {
  /// `detector`, `recognizer` or `classifier`.
  public var role: ModelRole
  /// Id of the model that was in use before; the same as ``active`` when it was only read anew.
  public var previous: String
  /// Id of the model in use now; absent when there is no classifier any more.
  public var active: String?
  /// All models in use now, as in `ready`.
  public var models: [ModelInfo]

  /// A swap of its parts.
  public init(role: ModelRole, previous: String, active: String?, models: [ModelInfo]) {
    self.role = role
    self.previous = previous
    self.active = active
    self.models = models
  }
}
