internal import GalleryStore
internal import Glibc

/// Both routes, safe against strangers: the default.
///
/// Each candidate's score is the cosine to its prototype; where the head knows the subject, the mean of that and the cosine
/// to its row. The row was drawn away from the other people, so it is less alike to everybody: its cosine is divided by its
/// cosine to the prototype, after which both mean the same and share one threshold. A subject enrolled after the head was
/// trained is scored by its prototype alone, and so is not shadowed.
///
/// What competes with a candidate then lowers its score by `marginWeight` times -log softmax(`sharpness` x scores): next
/// to nothing when it stands alone, 0.007 when another is as alike. The rest decides: at the threshold from the model's
/// calibration the best one is the identity. A face closer to one that is nobody's than to its candidate's templates is
/// unknown, and so is one too poor to tell.
///
/// Benchmarks/LEARNING.md has what was measured, and what did not help.
package struct HybridRule: DecisionMaker {
  /// Cosine, -1 to 1.
  package let threshold: Float

  static let galleryShare: Float = 0.5
  static let sharpness: Float = 60
  static let marginWeight: Float = 0.01
  /// Rows less like their prototype than this, as those of a layer that was trained freely, tell the enrolled apart but not
  /// strangers from them (by their cosine alone 8.5 % misses where prototypes have 1.4 %): they do not take part.
  static let leastAlignment: Float = 0.9
  /// Candidates a decision looks at, at least.
  package static let leastCandidates = 8

  package init(threshold: Float) { self.threshold = threshold }

  package func decide(_ probe: DecisionProbe) -> Decision {
    let scored = Self.scores(probe)
    guard let best = scored.max(by: { $0.score < $1.score }) else {
      return .unknown(.emptyGallery, threshold: threshold)
    }
    let candidate = probe.candidates[best.index]
    let source = confirms(probe.head, candidate.number) ? Decision.Source.classifier : .gallery
    func unknown(_ reason: Decision.Unknown) -> Decision {
      .unknown(reason, score: best.score, threshold: threshold, by: source)
    }
    guard probe.quality >= DecisionProbe.leastQuality else { return unknown(.lowQuality) }
    if probe.isNegative(candidate) { return unknown(.unknownClass) }
    guard best.score >= threshold else {
      if best.alone >= threshold { return unknown(.noMargin) }
      return unknown(probe.hasFaults ? .lowQuality : .belowThreshold)
    }
    return .named(candidate.number, score: best.score, threshold: threshold, by: source)
  }

  /// Scores of the candidates, without and with what competes.
  static func scores(_ probe: DecisionProbe) -> [(index: Int, alone: Float, score: Float)] {
    let alone = probe.candidates.map { candidate -> Float in
      guard let alignment = probe.alignment[candidate.number], alignment >= leastAlignment,
        let row = probe.head?.cosine(to: candidate.number)
      else { return candidate.prototypeScore }
      return galleryShare * candidate.prototypeScore + (1 - galleryShare) * min(1, row / alignment)
    }
    let highest = alone.max() ?? 0
    let normalizer = log(alone.reduce(0) { $0 + exp(sharpness * ($1 - highest)) })
    return alone.enumerated().map { index, value in
      (index, value, value + marginWeight * (sharpness * (value - highest) - normalizer))
    }
  }

  /// Whether the classifier comes to the same answer.
  private func confirms(_ head: HeadProbabilities?, _ subject: Int64) -> Bool {
    guard let head, let best = head.best else { return false }
    return best.slot == subject && best.probability > head.unknown
  }
}
