internal import Calibration
internal import Decisions
internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Protocol

extension FaceVerdict {
  /// The vote of a look that was decided so.
  func ballot(quality: Double) -> IdentityVotes.Ballot {
    IdentityVotes.Ballot(
      subject: identity?.subject, quality: quality, score: Float(decision.score), threshold: Float(decision.threshold))
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
  private let judge: FaceJudge
  let version: DecisionVersion
  let bars: SimilarityBars

  /// - Throws: `modelMismatch`, `modelNotFound`, `storageFailed`.
  init(_ engine: Engine, _ models: ActiveModels, _ settings: StreamSettings) throws {
    judge = try FaceJudge(
      engine, models, rule: settings.rule, threshold: settings.threshold, topK: settings.topK)
    engine.saw(generation: judge.index.generation)
    version = DecisionVersion(generation: judge.index.generation, models: ObjectIdentifier(models))
    bars = judge.rules.similarityBars
  }

  var generation: Int { judge.index.generation }

  /// The decisions on looks, in their order.
  func decide(_ looks: [Look]) throws -> [FaceVerdict] {
    try judge.judge(
      looks.map { DecisionFace(embedding: $0.vector, quality: $0.quality, hasFaults: !$0.isClear) })
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
