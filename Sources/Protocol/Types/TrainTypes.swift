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

/// How well a classifier does on faces that were kept back from its training. All are shares, 0 to 1.
public struct TrainQuality: Codable, Sendable, Equatable {
  /// Faces of subjects that got the right name.
  public var accuracy: Double
  /// Faces of subjects that did not get their name at the threshold that names one stranger in a hundred; absent when there
  /// are too few strangers to tell.
  public var fnir: Double?
  /// How far stated probabilities are from the share that is right (expected calibration error).
  public var calibrationError: Double?

  /// Shares of their parts.
  public init(accuracy: Double, fnir: Double? = nil, calibrationError: Double? = nil) {
    self.accuracy = accuracy
    self.fnir = fnir
    self.calibrationError = calibrationError
  }
}
