/// A subject that a probe may be, with how alike they are.
package struct GalleryCandidate: Sendable, Equatable {
  package let subject: String
  package let name: String?
  /// The match score in [-1, 1]: ``prototypeScore`` and the best exemplars as ``SubjectScore`` weighs them.
  package let score: Float
  /// Cosine to the subject's prototype.
  package let prototypeScore: Float
  /// Cosine to the subject's most similar template.
  package let bestExemplarScore: Float
}

/// How a subject's match score is made from the cosines of its prototype and its templates.
package enum SubjectScore {
  /// How many of a subject's best templates count.
  package static let exemplarCount = 3
  /// The prototype's share; the rest is the mean of the best templates.
  package static let prototypeWeight: Float = 0.5
}
