package import GalleryStore

/// Everything a rule decides by: what gallery and classifier say of one face.
package struct DecisionProbe: Sendable {
  /// The subjects most like the face by the gallery, best first.
  package let candidates: [GalleryCandidate]
  /// Cosine to the most similar face that is nobody's; `nil` when there is none.
  package let negativeScore: Float?
  /// What the head says; `nil` without one.
  package let head: HeadProbabilities?
  /// Agreement of each candidate's row of the head with its prototype; see ``HybridRule``.
  package let alignment: [Int64: Float]
  /// 0 to 1; see `FaceQuality`.
  package let quality: Double
  /// Whether the face has faults for which `enroll` would refuse it.
  package let hasFaults: Bool

  /// A probe of its parts; `alignment` holds, by subject number, the cosine of the head's row to the prototype.
  package init(
    match: GalleryIndex.Match, head: HeadProbabilities?, alignment: [Int64: Float] = [:], quality: Double,
    hasFaults: Bool
  ) {
    candidates = match.candidates
    negativeScore = match.negativeScore
    self.head = head
    self.alignment = alignment
    self.quality = quality
    self.hasFaults = hasFaults
  }

  /// Below this quality a face tells nothing: of 2,351 photos of LFW none that shows its person is.
  package static let leastQuality = 0.05

  /// Whether a face that is nobody's is more alike than the candidate's most similar template.
  func isNegative(_ candidate: GalleryCandidate) -> Bool {
    negativeScore.map { $0 > candidate.bestExemplarScore } ?? false
  }
}

/// Who a face is by a rule.
package struct Decision: Sendable, Equatable {
  /// The route that decided.
  package enum Source: String, Sendable {
    case gallery
    case classifier
  }

  /// Why a face has no name.
  package enum Unknown: String, Sendable, CaseIterable {
    /// Nobody is enrolled.
    case emptyGallery
    /// The picture of the face is too poor to tell.
    case lowQuality
    /// Nobody is alike enough.
    case belowThreshold
    /// Somebody else is nearly as alike.
    case noMargin
    /// It is more like the faces that are nobody's, or the classifier takes it for nobody.
    case unknownClass
  }

  /// The subject's number; `nil` when unknown.
  package let subject: Int64?
  /// Why not; `nil` when ``subject`` is not.
  package let unknown: Unknown?
  /// What was compared with ``threshold``, for the subject that came first; -1 when there was none.
  package let score: Float
  package let threshold: Float
  package let source: Source

  /// A subject.
  package static func named(_ subject: Int64, score: Float, threshold: Float, by source: Source) -> Decision {
    Decision(subject: subject, unknown: nil, score: score, threshold: threshold, source: source)
  }

  /// Nobody.
  package static func unknown(
    _ reason: Unknown, score: Float = -1, threshold: Float, by source: Source = .gallery
  ) -> Decision {
    Decision(subject: nil, unknown: reason, score: score, threshold: threshold, source: source)
  }
}

/// A way to come from scores to a name. One file each.
package protocol DecisionMaker: Sendable {
  func decide(_ probe: DecisionProbe) -> Decision
}
