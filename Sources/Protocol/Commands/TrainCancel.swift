/// `train.cancel`: stop trainings, running or waiting. Each answers `cancelled` to whoever asked for it; what was in use stays.
public enum TrainCancel: Command {
  /// Which training.
  public struct Params: CommandParams {
    /// The job's id, as in events and in `status`; all trainings of this worker when absent.
    public var job: String?

    /// Parameters of their parts.
    public init(job: String? = nil) { self.job = job }

    /// Checks the ranges.
    public func validate() throws(WireError) { try Check.text(job, 1...64, "params.job") }
  }

  /// What is being stopped.
  public struct Result: Codable, Sendable, Equatable {
    /// Ids of the jobs; empty when no training runs or waits.
    public var jobs: [String]

    /// A result of its parts.
    public init(jobs: [String]) { self.jobs = jobs }
  }

  /// The name on the wire.
  public static let method = "train.cancel"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
