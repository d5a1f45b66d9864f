/// `train`: teach the worker to tell the enrolled subjects apart. Long work: a job, with `train` events.
///
/// A classifier head is trained on the kept crops of the gallery, with ``TrainScope`` also the network below it. It takes over
/// only when it holds its own on faces it has not seen.
public enum Train: Command {
  /// How to train. Absent fields take the values that PROTOCOL.md states.
  public struct Params: CommandParams {
    /// How much of the network changes; `head` when absent.
    public var scope: TrainScope?
    /// The same seed, settings and gallery give the same result; 1 when absent.
    public var seed: Int?
    /// Passes over the crops.
    public var epochs: TrainEpochs?
    /// The first step size, above 0, at most 1.
    public var learningRate: Double?
    /// Crops of a step, 1 to 1,024.
    public var batch: Int?
    /// How gradients become steps; `adam` when absent.
    public var optimizer: TrainOptimizer?
    /// The share of certainty that is spread over all classes, 0 to 0.5.
    public var labelSmoothing: Double?
    /// The largest length of a gradient, above 0.
    public var gradientClip: Double?
    /// How strongly weights are pulled to 0, 0 to 1.
    public var weightDecay: Double?
    /// Beginnings of names of parameters that stay as they are.
    public var freeze: [String]?
    /// Names of the distortions of the second phase; all when absent, none when empty.
    public var augmentations: [String]?
    /// The share of the crops kept back to judge the result by, 0.05 to 0.5.
    public var heldOut: Double?
    /// What cached crops and features may take, in bytes.
    public var memoryBytes: Int?
    /// Threads of the training process.
    public var threads: Int?
    /// Write a picture of distorted crops to the media directory.
    public var contactSheet: Bool?
    /// Whether to go on where an interrupted training with the same settings stopped; absent: yes.
    public var resume: Bool?
    /// Train and judge, but change nothing.
    public var dryRun: Bool?

    /// Parameters of their parts.
    public init(
      scope: TrainScope? = nil, seed: Int? = nil, epochs: TrainEpochs? = nil, learningRate: Double? = nil,
      batch: Int? = nil, optimizer: TrainOptimizer? = nil, labelSmoothing: Double? = nil, gradientClip: Double? = nil,
      weightDecay: Double? = nil, freeze: [String]? = nil, augmentations: [String]? = nil, heldOut: Double? = nil,
      memoryBytes: Int? = nil, threads: Int? = nil, contactSheet: Bool? = nil, resume: Bool? = nil, dryRun: Bool? = nil
    ) {
      self.scope = scope
      self.seed = seed
      self.epochs = epochs
      self.learningRate = learningRate
      self.batch = batch
      self.optimizer = optimizer
      self.labelSmoothing = labelSmoothing
      self.gradientClip = gradientClip
      self.weightDecay = weightDecay
      self.freeze = freeze
      self.augmentations = augmentations
      self.heldOut = heldOut
      self.memoryBytes = memoryBytes
      self.threads = threads
      self.contactSheet = contactSheet
      self.resume = resume
      self.dryRun = dryRun
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.range(seed, 0...9_007_199_254_740_991, "params.seed")
      try Check.range(epochs?.clean, 0...1_000, "params.epochs.clean")
      try Check.range(epochs?.augmented, 0...1_000, "params.epochs.augmented")
      try Check.range(learningRate, 1e-7...1, "params.learningRate")
      try Check.range(batch, 1...1_024, "params.batch")
      try Check.range(labelSmoothing, 0...0.5, "params.labelSmoothing")
      try Check.range(gradientClip, 1e-6...1e6, "params.gradientClip")
      try Check.range(weightDecay, 0...1, "params.weightDecay")
      try Check.texts(freeze, atMost: 256, "params.freeze")
      try Check.texts(augmentations, atMost: 64, "params.augmentations")
      try Check.range(heldOut, 0.05...0.5, "params.heldOut")
      try Check.range(memoryBytes, 1_048_576...1_099_511_627_776, "params.memoryBytes")
      try Check.range(threads, 1...256, "params.threads")
    }
  }

  /// What became of the training.
  public struct Result: Codable, Sendable, Equatable {
    /// The job's id, as in `status`.
    public var job: String
    /// Whether the new head is in use, and if not, whether the training came to its end.
    public var state: TrainState
    /// Whether the new head held its own on the faces kept back.
    public var accepted: Bool
    /// Why the new head is not in use; empty when it is.
    public var reasons: [TrainReason]
    /// What was in use before, on the faces kept back; absent when the training did not come to its end.
    public var before: TrainQuality?
    /// The new head on the same faces.
    public var after: TrainQuality?
    /// The new head's id; absent when none was made.
    public var head: String?
    /// Subjects it was trained on.
    public var subjects: Int
    /// Crops and embeddings it was trained on, those kept back included.
    public var samples: Int
    /// Templates of these subjects that could not take part: nothing is kept of them that this scope can use.
    public var skipped: Int
    /// How much of the network changed.
    public var scope: TrainScope
    /// Id of the recognizer it goes with: a new one after `tail` and `full`.
    public var model: String
    /// Seconds from the start of the work.
    public var seconds: Double
    /// Whether the accepted head was fitted once more, to the faces kept back too; `after` is of the head before that.
    public var refitted: Bool
    /// Whether it went on from a checkpoint of an earlier, interrupted training.
    public var resumed: Bool
    /// How often the training process was started again after it died.
    public var restarts: Int
    /// The training curve, a record of each pass; empty when the training did not come to its end.
    public var curve: [TrainEpoch]
    /// The picture of distorted crops, when it was asked for.
    public var media: Media?

    /// A result of its parts.
    public init(
      job: String, state: TrainState, accepted: Bool, reasons: [TrainReason] = [], before: TrainQuality? = nil,
      after: TrainQuality? = nil, head: String? = nil, subjects: Int, samples: Int, skipped: Int = 0,
      scope: TrainScope, model: String, seconds: Double, refitted: Bool = false, resumed: Bool = false,
      restarts: Int = 0, curve: [TrainEpoch] = [], media: Media? = nil
    ) {
      self.job = job
      self.state = state
      self.accepted = accepted
      self.reasons = reasons
      self.before = before
      self.after = after
      self.head = head
      self.subjects = subjects
      self.samples = samples
      self.skipped = skipped
      self.scope = scope
      self.model = model
      self.seconds = seconds
      self.refitted = refitted
      self.resumed = resumed
      self.restarts = restarts
      self.curve = curve
      self.media = media
    }
  }

  /// The name on the wire.
  public static let method = "train"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}
