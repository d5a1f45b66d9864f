/// What a rule said of one probe.
package struct ProbeOutcome: Sendable, Equatable {
  /// Whom the probe shows: a position among the enrolled people; `nil` for a stranger.
  package var person: Int32?
  /// For intervals: the person, or a stranger's number after all enrolled people.
  package var group: Int32
  /// Who came first; `nil` when nobody did, as for a photo without a face.
  package var best: Int32?
  /// How sure the rule was of ``best``.
  package var score: Float
  /// Whom the rule named at its own thresholds; `nil` for nobody.
  package var named: Int32?
  /// The probability that ``best`` is right, where the rule states one.
  package var probability: Float?
  /// The place of the right person in the order of candidates, from 1.
  package var rank: Int?

  /// An outcome of its parts.
  package init(
    person: Int32?, group: Int32, best: Int32? = nil, score: Float = Trial.never, named: Int32? = nil,
    probability: Float? = nil, rank: Int? = nil
  ) {
    self.person = person
    self.group = group
    self.best = best
    self.score = score.isNaN || best == nil ? Trial.never : score
    self.named = named
    self.probability = probability
    self.rank = rank
  }

  /// Whether the right person came first.
  package var isRight: Bool { person != nil && best == person }

  /// The probe as a trial: of a known person with somebody else in front no threshold makes it right.
  var trial: Trial { Trial(score: person == nil || isRight ? score : Trial.never, first: group) }
}
