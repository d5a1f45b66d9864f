/// What a way of deciding says of one face.
package struct Verdict: Sendable, Equatable {
  /// The subject that comes first; `nil` where there is none.
  package var subject: Int64?
  /// How sure it is, on any scale: higher is surer that it is this subject and nobody else.
  package var score: Double
  /// The stated probability of that subject; `nil` where scores are no probabilities.
  package var probability: Double?

  package init(subject: Int64?, score: Double, probability: Double? = nil) {
    self.subject = subject
    self.score = score
    self.probability = probability
  }
}

/// One way of deciding, asked about the same faces as another.
package struct Verdicts: Sendable {
  /// For each held-out crop.
  package var heldOut: [Verdict]
  /// For each stranger.
  package var strangers: [Verdict]

  package init(heldOut: [Verdict], strangers: [Verdict]) {
    self.heldOut = heldOut
    self.strangers = strangers
  }

  /// A score that is not a number decides nothing.
  package var isFinite: Bool { (heldOut + strangers).allSatisfy { $0.score.isFinite } }
}
