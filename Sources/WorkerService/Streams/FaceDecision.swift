internal import Calibration
internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Protocol

/// Who one look shows, by the rule of its stream.
struct FaceDecision: Sendable {
  var candidates: [Candidate]
  var identity: Identity?
  /// The best score, and what it had to reach.
  var score: Float
  var threshold: Float

  func ballot(quality: Double) -> IdentityVotes.Ballot {
    IdentityVotes.Ballot(subject: identity?.subject, quality: quality, score: score, threshold: threshold)
  }
}

/// What decisions are made by: looks that were decided by something else are decided anew.
struct DecisionVersion: Sendable, Equatable {
  var generation = -1
  /// The models, which are replaced as a whole.
  var models: ObjectIdentifier?
}

/// Decides who looks show, as `identify` does.
struct LookDecider: Sendable {
  private let index: GalleryIndex
  private let rules: MatchRules
  private let threshold: Float
  private let topK: Int
  let version: DecisionVersion
  let bars: SimilarityBars

  /// - Throws: `modelMismatch`, `storageFailed`.
  init(_ engine: Engine, _ models: ActiveModels, _ settings: StreamSettings) throws {
    index = try engine.gallery.index(for: models.identity)
    engine.saw(generation: index.generation)
    rules = try engine.matchRules(models)
    threshold = settings.threshold ?? rules.identificationThreshold(subjects: index.subjectCount)
    topK = settings.topK
    version = DecisionVersion(generation: index.generation, models: ObjectIdentifier(models))
    bars = rules.similarityBars
  }

  var generation: Int { index.generation }

  /// The decisions on embeddings, in their order.
  func decide(_ embeddings: [[Float]]) throws -> [FaceDecision] {
    guard !embeddings.isEmpty else { return [] }
    return try index.search(probes: embeddings.flatMap { $0 }, topK: topK).map { found in
      let best = found.first
      let candidates = found.map {
        Candidate(subject: $0.subject, name: $0.name, score: $0.score, calibrated: rules.calibrated($0.score))
      }
      let identity = best.flatMap { best in
        best.score >= threshold
          ? Identity(
            subject: best.subject, name: best.name, score: best.score, source: "gallery", threshold: threshold) : nil
      }
      return FaceDecision(
        candidates: candidates, identity: identity, score: best?.score ?? -1, threshold: threshold)
    }
  }
}

extension MatchRules {
  /// How much rarer a false match must be below which two looks are of two people, and above which a crop is learned.
  private static let differentFMR = 10.0
  private static let captureFMR = 0.1

  /// The bars of tracking, around the score at which two faces match.
  ///
  /// A recognizer without thresholds has bars that no look reaches: its tracks are joined by place alone, and nothing is
  /// learned by them.
  var similarityBars: SimilarityBars {
    guard let same = score(fmr: targetFMR), let different = score(fmr: min(targetFMR * Self.differentFMR, 0.5)),
      let capture = score(fmr: targetFMR * Self.captureFMR)
    else { return SimilarityBars(different: -2, same: 2, capture: 2) }
    return SimilarityBars(different: different, same: same, capture: capture)
  }

  /// The score at which a false match rate is expected: as calibrated here, else by the manifest.
  private func score(fmr: Double) -> Float? {
    if let calibration { return Float(calibration.curve.score(fmr: fmr)) }
    return manifest.score(fmr: fmr).map { Float($0) }
  }
}
