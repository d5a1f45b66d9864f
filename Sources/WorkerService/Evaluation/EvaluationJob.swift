internal import Calibration
internal import Evaluation
internal import FaceModels
internal import FoundationEssentials
internal import GalleryStore
internal import Protocol

/// What both evaluations do around their measuring.
struct EvaluationJob {
  static let defaultResamples = 1000
  /// Failures in the answer; the report lists more.
  private static let answeredFailures = 100

  let engine: Engine
  let models: ActiveModels
  let context: RequestContext

  var model: EvaluatedModel { EvaluatedModel(id: models.recognizer.id, sha256: models.identity.sha256) }

  var detector: EvaluatedModel {
    EvaluatedModel(id: models.detector.id, sha256: models.infos.first?.sha256 ?? "")
  }

  func header(_ title: String, _ facts: [ReportHeader.Fact]) -> ReportHeader {
    let shown = models.infos.map {
      ReportHeader.Model(role: $0.role, id: $0.id, sha256: $0.sha256, licence: $0.licence)
    }
    return ReportHeader(
      title: title, version: WorkerVersion.current, created: Timestamps.text(SystemClock.now()), models: shown,
      facts: facts)
  }

  func counts(_ summary: PhotoSummary) -> PhotoCounts {
    PhotoCounts(
      photos: summary.photos, failed: summary.failed, reasons: summary.reasons, severalFaces: summary.severalFaces,
      failures: summary.failures.prefix(Self.answeredFailures).map {
        FailedPhoto(path: $0.path, code: ErrorCode(rawValue: $0.code), message: $0.message)
      })
  }

  /// Writes the three files of a report. `names` are those of the people in it: should one be the id of a subject, erasing
  /// that subject erases the report.
  func write(
    _ report: some Encodable & Sendable, html: @escaping @Sendable () -> String, csv: @escaping @Sendable () -> [UInt8],
    names: Set<String>
  ) throws -> EvaluationMedia {
    try context.checkpoint()
    let files = try LowPriority.run("fw-report", watch: { _ in try context.checkpoint() }) { _ in
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return (html: Array(html().utf8), json: Array(try encoder.encode(report)), csv: csv())
    }
    try context.checkpoint()
    func put(_ bytes: [UInt8], _ type: String, _ suffix: String) throws(WireError) -> Media {
      try engine.media.write(bytes, type: type, suffix: suffix, showing: names)
    }
    return EvaluationMedia(
      html: try put(files.html, "text/html", "html"), json: try put(files.json, "application/json", "json"),
      csv: try put(files.csv, "text/csv", "csv"))
  }
}

extension EqualErrorRate {
  init(_ rate: CurveMeasures.Equal) {
    self.init(value: rate.value, low: rate.low, high: rate.high, threshold: rate.threshold)
  }
}

extension HeldRate {
  init(_ held: CurveMeasures.Held) {
    self.init(at: held.falseRate, threshold: held.threshold, miss: ErrorRate(held.missRate))
  }
}
