/// How much of the recognizer a training changes.
public enum TrainScope: String, WireChoice {
  /// The classifier on top of the embeddings; the network stays.
  case head
  /// Also the last block of the network.
  case tail
  /// The whole network.
  case full
}

/// How gradients become steps.
public enum TrainOptimizer: String, WireChoice {
  /// Adam.
  case adam
  /// Adam with decoupled weight decay.
  case adamw
  /// Stochastic gradient descent with momentum.
  case sgd
}

/// Passes over the crops, by phase.
public struct TrainEpochs: Codable, Sendable, Equatable {
  /// Passes over the crops as they are.
  public var clean: Int?
  /// Passes over distorted crops, drawn anew in each.
  public var augmented: Int?

  /// Passes of their parts.
  public init(clean: Int? = nil, augmented: Int? = nil) {
    self.clean = clean
    self.augmented = augmented
  }
}

/// What became of a training. Later versions may add words.
public struct TrainState: RawRepresentable, Hashable, Sendable, Codable {
  /// The word in the JSON.
  public let rawValue: String

  /// Any word.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The new head is in use.
  public static let swapped = TrainState(rawValue: "swapped")
  /// The training came to its end, and what was in use before stays.
  public static let kept = TrainState(rawValue: "kept")
  /// The training process died too often; what was in use before stays.
  public static let interrupted = TrainState(rawValue: "interrupted")

  /// Encodes the plain word.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }

  /// Decodes the plain word.
  public init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
  }
}

/// How well subjects and strangers are told apart on faces that were kept back from the training. Shares are 0 to 1.
public struct TrainQuality: Codable, Sendable, Equatable {
  /// Faces of subjects whose subject came first; absent when none could be kept back.
  public var accuracy: Double?
  /// Faces of subjects that did not get their name at the threshold that names one stranger in a hundred (FNIR at FPIR 1 %);
  /// absent when there are no strangers or no faces kept back.
  public var fnir: Double?
  /// How far stated probabilities are from the share that is right (expected calibration error); absent where the scores are no
  /// probabilities.
  public var calibrationError: Double?
  /// Faces of subjects that decided.
  public var heldOut: Int
  /// Strangers that decided.
  public var strangers: Int

  /// Shares and counts of their parts.
  public init(
    accuracy: Double? = nil, fnir: Double? = nil, calibrationError: Double? = nil, heldOut: Int = 0, strangers: Int = 0
  ) {
    self.accuracy = accuracy
    self.fnir = fnir
    self.calibrationError = calibrationError
    self.heldOut = heldOut
    self.strangers = strangers
  }
}

/// Why a new head is not in use. Later versions may add codes.
public struct TrainReason: Codable, Sendable, Equatable {
  /// For programs: `accuracyFell`, `moreMisses`, `lessCalibrated`, `noBetterThanChance`, `diverged` from the judging; `dryRun`,
  /// `modelChanged`, `trainerDied` otherwise.
  public var code: String
  /// For people: a full sentence.
  public var message: String

  /// A reason of its parts.
  public init(code: String, message: String) {
    self.code = code
    self.message = message
  }
}

/// One pass over the crops, of the training curve.
public struct TrainEpoch: Codable, Sendable, Equatable {
  /// `clean` or `augmented`.
  public var phase: String
  /// Counted from 1 within the phase.
  public var epoch: Int
  /// Mean over the pass.
  public var loss: Double
  /// The share of the pass's crops whose class came first.
  public var accuracy: Double
  /// Step size at its end.
  public var learningRate: Double

  /// A pass of its parts.
  public init(phase: String, epoch: Int, loss: Double, accuracy: Double, learningRate: Double) {
    self.phase = phase
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    self.learningRate = learningRate
  }
}
