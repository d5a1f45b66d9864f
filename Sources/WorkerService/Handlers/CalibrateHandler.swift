internal import Calibration
internal import FaceModels
internal import FacePipeline
internal import FoundationEssentials
internal import GalleryStore
internal import Networks
internal import Protocol

/// Serves `calibrate`: measures the scores of comparisons and stores the threshold for a false match rate.
struct CalibrateHandler: MethodHandler {
  typealias Method = Calibrate
  static let isJob = true
  let engine: Engine

  /// The rates whose thresholds are listed.
  private static let listedRates = [1e-2, 1e-3, 1e-4]

  func handle(_ params: Calibrate.Params, _ context: RequestContext) throws -> Calibrate.Result {
    try engine.replayIfKnown(context)
    let models = engine.modelsInUse()
    let rules = try engine.matchRules(models)
    let target = params.targetFMR ?? MatchRules.verificationFMR
    try checkChoice(params, context)
    if params.reset == true { return try reset(rules, models, context) }
    var rejected: [RejectedImage] = []
    let source = try source(params, models, context, &rejected)
    var result = Calibrate.Result(
      model: models.identity.id, targetFMR: target, resolvable: false, stored: false, previous: rules.previous,
      rejected: rejected)
    guard let (draft, record) = try measure(source, target, context) else {
      throw WireError.badParams("There are no comparisons of two people; \(source.name) shows at most one.")
    }
    result.resolvable = draft.targetFMR >= draft.smallestFMR
    result.smallestFMR = draft.smallestFMR
    (result.genuine, result.impostor) = (draft.genuine, draft.impostor)
    result.subjects = source.subjectCount
    result.midpoint = draft.logistic.map { Float($0.midpoint) }
    result.slope = draft.logistic.map { Float($0.slope) }
    result.thresholds = Self.listedRates.compactMap { rate in
      draft.measuredScore(fmr: rate).map { MeasuredThreshold(fmr: rate, score: $0) }
    }
    guard let record else {
      guard !result.resolvable else {
        throw WireError.badParams(
          "More than one in \(Int((1 / target).rounded())) comparisons of two people has the score 1: the same photos seem "
            + "to be enrolled for different people.")
      }
      return result
    }
    result.subjects = record.subjects
    result.threshold = Float(record.threshold)
    result.fmr = ErrorRate(record.fmr)
    result.fnmr = record.fnmr.map { ErrorRate($0) }
    guard params.dryRun != true else { return result }
    result.stored = true
    return try store(record, result, models, context)
  }

  // MARK: What to compare

  private func checkChoice(_ params: Calibrate.Params, _ context: RequestContext) throws(WireError) {
    let choices = [params.collection == true, params.pairs != nil, params.labels != nil, params.reset == true]
    guard choices.count(where: { $0 }) == 1 else {
      throw .badParams(
        "calibrate needs exactly one of params.collection, params.pairs, params.labels and params.reset.")
    }
    let images = context.attachments.count
    guard params.pairs != nil || params.labels != nil else {
      guard images == 0 else { throw .badParams("calibrate takes images with pairs or labels only, found \(images).") }
      return
    }
    guard images >= 2 else { throw .badParams("calibrate needs at least two images for pairs or labels.") }
    if let labels = params.labels, labels.count != images {
      throw .badParams("params.labels must name whom each of the \(images) images shows, found \(labels.count).")
    }
    for (index, pair) in (params.pairs ?? []).enumerated() where max(pair.a, pair.b) >= images {
      throw .badParams("params.pairs[\(index)] names image \(max(pair.a, pair.b)); there are \(images), from 0 on.")
    }
  }

  private func source(
    _ params: Calibrate.Params, _ models: ActiveModels, _ context: RequestContext, _ rejected: inout [RejectedImage]
  ) throws -> any CalibrationSource {
    if let pairs = params.pairs {
      let people = try PairPeople(pairs, images: context.attachments.count)
      return ImageSource(
        name: "pairs", embeddings: try embeddings(models, context, &rejected), subjects: people.subjects,
        pairs: pairs.map { (a: $0.a, b: $0.b) })
    }
    if let labels = params.labels {
      var numbers: [String: Int32] = [:]
      for label in labels where numbers[label] == nil { numbers[label] = Int32(clamping: numbers.count) }
      return ImageSource(
        name: "labels", embeddings: try embeddings(models, context, &rejected),
        subjects: labels.map { numbers[$0] ?? 0 }, pairs: nil)
    }
    return CollectionSource(index: try engine.gallery.index(for: models.identity))
  }

  /// The largest face of each image; one that has none is rejected and left out.
  private func embeddings(
    _ models: ActiveModels, _ context: RequestContext, _ rejected: inout [RejectedImage]
  ) throws -> [[Float]?] {
    var pace = JobPace(context)
    var embeddings: [[Float]?] = []
    for attachment in context.attachments {
      try pace.step(done: attachment.index, total: context.attachments.count, stage: "embed")
      do {
        // Not by way of `ActiveModels`, whose stages ask the request itself whether to go on.
        let found = try LowPriority.run("fw-embed", watch: { _ in try context.checkpoint() }) { signals -> [Float]? in
          let picture = try attachment.picture(context).image
          let run = RunContext(pool: .serial, checkpoint: { try signals.checkpoint() })
          let faces = try context.measure(.detect) {
            let faces = try models.pipeline.detect(picture, options: FaceOptions(maxFaces: 1), context: run)
            return try models.pipeline.analyze(faces, in: picture)
          }
          return try context.measure(.embed) { try models.pipeline.embed(faces, context: run).first?.embedding }
        }
        guard let embedding = found else { throw WireError(.noFace, "No face was found.") }
        embeddings.append(embedding)
      } catch {
        let wire = ErrorMapping.wireError(for: error)
        if wire.code == .cancelled || wire.code == .deadlineExceeded { throw wire }
        rejected.append(RejectedImage(index: attachment.index, code: wire.code, message: wire.message))
        embeddings.append(nil)
      }
    }
    return embeddings
  }

  // MARK: Measuring

  /// Counts all scores, then, at the threshold found, every subject's errors; `nil` without impostor comparisons. The
  /// record is absent when the target is below what the comparisons can tell.
  private func measure(
    _ source: any CalibrationSource, _ target: Double, _ context: RequestContext
  ) throws -> (draft: CalibrationDraft, record: CalibrationRecord?)? {
    var pace = JobPace(context)
    let pairs = source.pairCount
    func step(_ done: Int) throws { try pace.step(done: done, total: 2 * pairs, stage: "compare") }
    let tally = try LowPriority.run("fw-compare", watch: { try step($0) }) { signals in
      var tally = ComparisonTally()
      try source.forEachRow {
        signals.report(done: $0)
        try signals.checkpoint()
      } _: { subject, subjects, scores in
        tally.add(subject: subject, subjects: subjects, scores: scores)
      }
      return tally
    }
    guard let draft = CalibrationDraft(tally, targetFMR: target) else { return nil }
    guard let threshold = draft.threshold else { return (draft, nil) }
    let subjects = try LowPriority.run("fw-compare", watch: { try step(pairs + $0) }) { signals in
      var subjects = SubjectTally(subjects: source.subjectCount, threshold: threshold)
      try source.forEachRow {
        signals.report(done: $0)
        try signals.checkpoint()
      } _: { subject, others, scores in
        subjects.add(subject: subject, subjects: others, scores: scores)
      }
      return subjects
    }
    return (draft, draft.record(subjects, source: source.name, measuredAt: SystemClock.now()))
  }

  // MARK: The gallery

  private func store(
    _ record: CalibrationRecord, _ result: Calibrate.Result, _ models: ActiveModels, _ context: RequestContext
  ) throws -> Calibrate.Result {
    let text = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
    return try engine.write(context) { transaction in
      try transaction.setCalibration(text, model: models.identity)
      return result
    }.result
  }

  private func reset(
    _ rules: MatchRules, _ models: ActiveModels, _ context: RequestContext
  ) throws -> Calibrate.Result {
    try engine.write(context) { transaction in
      Calibrate.Result(
        model: models.identity.id, targetFMR: MatchRules.verificationFMR, resolvable: false, stored: false,
        reset: try transaction.removeCalibration(model: models.identity), previous: rules.previous)
    }.result
  }
}

extension MatchRules {
  /// What counts now, for the answer of a calibration that changes it; `nil` when neither is known.
  var previous: PreviousThreshold? {
    guard calibration != nil || manifest.score(fmr: Self.verificationFMR) != nil else { return nil }
    return PreviousThreshold(threshold: verificationThreshold, targetFMR: targetFMR, source: source)
  }
}
