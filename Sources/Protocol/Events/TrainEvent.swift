/// How far a training is. Sent at most five times a second under the id of the `train` request, or under id 0 for a training
/// that nobody waits for.
public struct TrainEvent: Codable, Sendable, Equatable {
  /// Always `train`.
  public var event: String
  /// The job's id, as in `status`.
  public var job: String
  /// What is being done now: `waiting` (for another training; said every ten seconds), `prepare`, `clean`, `augmented`, `judge`, `swap`,
  /// and `done` of a training that nobody waits for.
  public var phase: String
  /// The pass over the crops, counted from 1 within the phase; 0 where the phase has none.
  public var epoch: Int
  /// Passes of the phase; 0 where the phase has none.
  public var epochs: Int
  /// Steps of this pass that are done.
  public var step: Int
  /// Steps of this pass.
  public var steps: Int
  /// Mean loss of this pass so far; absent before the first step, as the next two.
  public var loss: Double?
  /// The share of this pass's crops that got the right name so far.
  public var accuracy: Double?
  /// Step size now.
  public var learningRate: Double?
  /// Crops a second, lately.
  public var imagesPerSecond: Double?
  /// An estimate of what is left.
  public var secondsLeft: Double?
  /// With the phase `done`, of a training that nobody waits for: its result.
  public var result: Train.Result?
  /// With the phase `done`, of a training that nobody waits for: why it failed.
  public var error: WireError?

  /// An event of its parts.
  public init(
    job: String, phase: String, epoch: Int = 0, epochs: Int = 0, step: Int = 0, steps: Int = 0, loss: Double? = nil,
    accuracy: Double? = nil, learningRate: Double? = nil, imagesPerSecond: Double? = nil, secondsLeft: Double? = nil,
    result: Train.Result? = nil, error: WireError? = nil
  ) {
    event = "train"
    self.job = job
    self.phase = phase
    self.epoch = epoch
    self.epochs = epochs
    self.step = step
    self.steps = steps
    self.loss = loss
    self.accuracy = accuracy
    self.learningRate = learningRate
    self.imagesPerSecond = imagesPerSecond
    self.secondsLeft = secondsLeft
    self.result = result
    self.error = error
  }
}
