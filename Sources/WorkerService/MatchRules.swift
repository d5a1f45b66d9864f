internal import Calibration
internal import Decisions
internal import FaceModels
internal import FoundationEssentials
internal import GalleryStore
internal import Protocol
internal import Synchronization

/// What the scores of a recognizer mean on this gallery: by what `calibrate` measured here, else by the model's manifest.
///
/// With a calibration for the target t, `verify` and duplicates ask for the score at which t of all impostors match, and
/// `identify` for one as much stricter than usual as t is than ``verificationFMR``.
struct MatchRules: Sendable {
  /// The false match rate at which two faces count as one person's (`verify`, duplicates).
  static let verificationFMR = 1e-3
  /// The share of strangers that may be given a name by `identify` unless a request says otherwise.
  static let identificationFPIR = 0.01
  /// How much likelier a stranger matches one enrolled subject than one single photo: a subject's score comes from its
  /// best photos. Measured with 30 subjects of five photos each and 1,521 strangers of LFW.
  static let chancesPerSubject = 3.0

  let manifest: ModelManifest
  let calibration: CalibrationRecord?

  /// The false match rate asked of a comparison of two faces.
  var targetFMR: Double { calibration?.targetFMR ?? Self.verificationFMR }

  /// Where ``verificationThreshold`` comes from: `manifest`, or what was measured.
  var source: String { calibration?.source ?? "manifest" }

  /// The score at and above which two faces match.
  var verificationThreshold: Float {
    if let calibration { return Float(calibration.threshold) }
    return Float(manifest.score(fmr: Self.verificationFMR) ?? 1)
  }

  /// The score at and above which a probe is named in a gallery of so many subjects: a stranger has a chance with each.
  ///
  /// Calibrated, it is never below ``verificationThreshold``.
  func identificationThreshold(subjects: Int) -> Float {
    let chances = Double(max(subjects, 1)) * Self.chancesPerSubject
    guard let calibration else { return Float(manifest.score(fmr: Self.identificationFPIR / chances) ?? 1) }
    let strictness = calibration.targetFMR / Self.verificationFMR
    let fmr = min(calibration.targetFMR, Self.identificationFPIR * strictness / chances)
    return Float(calibration.curve.score(fmr: fmr))
  }

  /// Another look at what is closer to the threshold than scores that one impostor in a hundred reaches.
  ///
  /// `nil` without thresholds to measure the distance by.
  func secondLook(subjects: Int) -> SecondLook? {
    let threshold = identificationThreshold(subjects: subjects)
    let common = calibration.map { $0.curve.score(fmr: 0.01) } ?? manifest.score(fmr: 0.01)
    guard let common, common.isFinite else { return nil }
    return SecondLook(reach: max(0, threshold - Float(common)), around: threshold)
  }

  /// The probability behind a score, when it was measured; rises with the score.
  func calibrated(_ score: Float) -> Float? {
    if let curve = calibration?.logistic { return Float(curve.probability(Double(score))) }
    return manifest.calibration.map { Float($0.probability(Double(score))) }
  }
}

extension Engine {
  /// What scores mean now, calibrations by other processes on the same gallery included.
  func matchRules(_ models: ActiveModels) throws -> MatchRules {
    MatchRules(manifest: models.recognizer, calibration: try calibration(of: models.identity))
  }

  /// The stored calibration of a recognizer; one that makes no sense counts as none.
  private func calibration(of model: ModelIdentity) throws -> CalibrationRecord? {
    guard let text = try gallery.calibration(of: model) else { return nil }
    return readCalibration.withLock { known in
      if let known, known.text == text { return known.record }
      let record = try? JSONDecoder().decode(CalibrationRecord.self, from: Data(text.utf8))
      let sound = record.flatMap { $0.isSound ? $0 : nil }
      known = (text, sound)
      return sound
    }
  }

  /// The stored calibration of a recognizer, as `status` and `models.list` show it.
  func calibrationStatus(of model: ModelIdentity) throws -> CalibrationStatus? {
    guard let record = try calibration(of: model) else { return nil }
    return CalibrationStatus(
      model: model.id, targetFMR: record.targetFMR, threshold: Float(record.threshold),
      fmr: ErrorRate(record.fmr), fnmr: record.fnmr.map { ErrorRate($0) }, source: record.source,
      measuredAt: Timestamps.text(record.measuredAt))
  }
}

extension ErrorRate {
  init(_ rate: Rate) {
    self.init(value: rate.value, low: rate.low, high: rate.high)
  }
}
