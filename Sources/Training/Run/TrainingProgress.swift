/// How far a job is: reported after each step.
package struct TrainingProgress: Codable, Sendable, Equatable {
  package enum Phase: String, Codable, Sendable {
    /// Crops are decoded and embedded.
    case prepare
    /// Crops as they are.
    case clean
    /// Augmented crops, drawn anew each epoch.
    case augmented
    /// Held-out crops and strangers are identified; a tuned network embeds all crops again.
    case judge
  }

  package var phase: Phase
  /// Counted from 1 within the phase.
  package var epoch: Int
  /// Epochs of the phase.
  package var epochs: Int
  /// Steps done in this epoch.
  package var step: Int
  /// Steps of this epoch.
  package var steps: Int
  /// Mean cross-entropy of the epoch so far, in nats; absent where nothing is trained.
  package var loss: Double?
  /// Share of the epoch's crops so far whose class came first; absent where nothing is trained.
  package var accuracy: Double?
  /// Of the step just done; absent where nothing is trained.
  package var learningRate: Double?
  /// Crops a second through the phase so far.
  package var imagesPerSecond: Double
  /// Estimate for what is left of the whole job; absent until there is something to go by.
  package var secondsLeft: Double?
}
