/// `models.rollback`: go back to the detector or recognizer that was in use before the last `models.activate`, or to what
/// classified before the last `train`.
public enum ModelsRollback: Command {
  /// Which of them.
  public struct Params: CommandParams {
    /// `detector`, `recognizer` or `classifier`.
    public var role: ModelRole

    /// Parameters of their parts.
    public init(role: ModelRole) { self.role = role }

    /// Checks that models of this role can be in use.
    public func validate() throws(WireError) {
      guard role != .liveness else {
        throw .badParams(
          "params.role must be \"detector\", \"recognizer\" or \"classifier\"; no liveness model can be in use yet.",
          details: ["field": "params.role"])
      }
    }
  }

  /// What was replaced.
  public typealias Result = ModelSwap
  /// The name on the wire.
  public static let method = "models.rollback"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
