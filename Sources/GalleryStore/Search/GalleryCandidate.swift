/// A subject that a probe may be, with how alike they are.
package struct GalleryCandidate: Sendable, Equatable {
  package let subject: String
  /// The subject's number: stable over a rename, never used twice, and what a classifier head knows it by.
  package let number: Int64
  package let name: String?
  /// The match score in [-1, 1]: ``prototypeScore`` and the best exemplars as ``SubjectScore`` weighs them.
  package let score: Float
  /// Cosine to the subject's prototype.
  package let prototypeScore: Float
  /// Cosine to the subject's most similar template.
  package let bestExemplarScore: Float

  package init(
    subject: String, number: Int64, name: String?, score: Float, prototypeScore: Float, bestExemplarScore: Float
  ) {
    self.subject = subject
    self.number = number
    self.name = name
    self.score = score
    self.prototypeScore = prototypeScore
    self.bestExemplarScore = bestExemplarScore
  }
}

/// How a subject's match score is made from the cosines of its prototype and its templates.
///
/// Chosen by measuring open-set identification: 30 people of LFW with 3, 5 or 10 photos each, none or a fifth of them
/// wrong, against 1,200 strangers, with a MobileFaceNet on a fixed crop. At a false-positive rate of 1 %, with 3, 5, 5
/// of which 1 wrong, and 10 photos, this mix misses 3.3, 2.5, 2.8 and 2.1 % of the enrolled; the prototype alone 3.5, 2.6,
/// 3.1 and 2.4 %; the best template alone 4.0, 3.2, 3.9 and 2.3 %; half prototype, half best three 3.9, 2.5, 3.0 and 2.1 %.
package enum SubjectScore {
  /// How many of a subject's best templates count.
  package static let exemplarCount = 2
  /// The prototype's share; the rest is the mean of the best templates.
  package static let prototypeWeight: Float = 0.5
  /// Below every cosine.
  static let absent: Float = -2
}
