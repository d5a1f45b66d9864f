/// What a way of deciding says of one face.
package struct Verdict: Sendable, Equatable {
  /// The subject that comes first; `nil` where there is none.
  package var subject: Int64?
  /// How sure it is, on any scale: higher is surer that it is this subject and nobody else.
  package var score: Double
  /// The class that the classifier takes for the most probable; `nil` is `unknown`.
  package var classified: Int64?
  /// The stated probability of that class; `nil` without a classifier.
  package var probability: Double?

  /// A verdict whose classifier, if there is one, says the same.
  package init(subject: Int64?, score: Double, probability: Double? = nil) {
    self.subject = subject
    self.score = score
    classified = probability == nil ? nil : subject
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
