/// What came of a job, in numbers.
package struct TrainingReport: Codable, Sendable, Equatable {
  /// Whether the new head is good enough to take over.
  package var accepted: Bool
  /// Why not; empty when accepted.
  package var reasons: [Refusal]
  /// Held-out crops and strangers under what is in use: the previous head, or without one the gallery alone.
  package var before: DecisionQuality
  /// The same under what was trained.
  package var after: DecisionQuality
  package var subjects: Int
  /// Crops trained on, negatives included, synthetic strangers not.
  package var samples: Int
  /// Crops of subjects that were only judged.
  package var heldOut: Int
  /// Subjects with too few crops to hold one out.
  package var subjectsWithoutHeldOut: Int
  /// Crops that could not be decoded or whose face has no usable landmarks.
  package var unusable: Int
  /// Whether the strangers were photos or made up.
  package var strangers: StrangerSource
  /// Whether the job went on from a checkpoint.
  package var resumed: Bool
  package var curve: [EpochRecord]
  /// Whether the accepted head was fitted once more, to the held-out crops too. `after` is of the head before that.
  package var refitted: Bool

  package enum StrangerSource: String, Codable, Sendable {
    case negatives
    case synthetic
  }
}

/// One epoch of the training curve.
package struct EpochRecord: Codable, Sendable, Equatable {
  package var phase: TrainingProgress.Phase
  /// Counted from 1 within the phase.
  package var epoch: Int
  /// Mean over the epoch, in nats.
  package var loss: Double
  /// Over the epoch's crops.
  package var accuracy: Double
  /// Of its last step.
  package var learningRate: Double
}

/// How well held-out crops and strangers are told apart.
package struct DecisionQuality: Codable, Sendable, Equatable {
  /// Share of the held-out crops whose subject comes first; absent without held-out crops.
  package var accuracy: Double?
  /// Share of the held-out crops that are not answered with their subject at the threshold that gives 1 % of the
  /// strangers a name; absent without held-out crops or strangers.
  package var fnir: Double?
  /// Mean distance between stated probability and share of right answers, over bins of probability; absent where the
  /// scores are no probabilities.
  package var calibrationError: Double?
  /// How many crops decided.
  package var heldOut: Int
  package var strangers: Int
}

/// Why a new head is not taken.
package struct Refusal: Codable, Sendable, Equatable {
  package enum Code: String, Codable, Sendable, CaseIterable {
    /// More held-out crops are taken for somebody else than before.
    case accuracyFell
    /// More held-out crops are missed at the same rate of named strangers.
    case moreMisses
    /// Its probabilities are further from the truth than before.
    case lessCalibrated
    /// It tells the people apart hardly better than guessing.
    case noBetterThanChance
    /// A weight is not a finite number.
    case diverged
  }

  package var code: Code
  /// A full sentence with the numbers.
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
