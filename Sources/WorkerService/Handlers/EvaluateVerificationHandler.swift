internal import Calibration
internal import Decisions
internal import Evaluation
internal import FaceModels
internal import GalleryStore
internal import Protocol

/// Serves `evaluate.verification`.
struct EvaluateVerificationHandler: MethodHandler {
  typealias Method = EvaluateVerification
  static let isJob = true
  let engine: Engine

  func handle(
    _ params: EvaluateVerification.Params, _ context: RequestContext
  ) throws -> EvaluateVerification.Result {
    let models = engine.modelsInUse()
    let rules = try engine.matchRules(models)
    let job = EvaluationJob(engine: engine, models: models, context: context)
    let list = try PairList(params, context)
    var embedder = try PhotoEmbedder(
      models, context, select: params.select, minFaceSize: params.minFaceSize, photos: list.file.photos.count)
    let trials = try compare(list, &embedder, context)
    let header = job.header("Verification", list.facts(params))
    let (summary, people) = (embedder.summary, list.people.count)
    let draws = params.resamples ?? EvaluationJob.defaultResamples
    let report = try LowPriority.run("fw-measure", watch: { _ in try context.checkpoint() }) { signals in
      try VerificationReport(
        header: header, photos: summary, people: people, trials: list.set(trials), folds: list.file.folds ?? 10,
        threshold: rules.verificationThreshold, thresholdSource: rules.source, groups: list.grouped(trials),
        draws: draws, probability: { rules.calibrated($0) }, checkpoint: { try signals.checkpoint() })
    }
    let media = try job.write(
      report, html: { report.html() }, csv: { list.csv(trials, threshold: rules.verificationThreshold) },
      names: list.names)
    return result(report, job, media)
  }

  /// The score of every pair, in the order of the list.
  private func compare(
    _ list: PairList, _ embedder: inout PhotoEmbedder, _ context: RequestContext
  ) throws -> [Trial] {
    var pace = JobPace(context)
    var embeddings: [[Float]?] = []
    embeddings.reserveCapacity(list.file.photos.count)
    for (index, photo) in list.file.photos.enumerated() {
      try pace.step(done: index, total: list.file.photos.count, stage: "embed")
      embeddings.append(try embedder.embed(list.find(photo, context.paths))?.embedding)
    }
    try pace.step(done: embeddings.count, total: embeddings.count, stage: "embed")
    let known = embeddings
    return try LowPriority.run("fw-compare", watch: { _ in try context.checkpoint() }) { signals in
      var trials: [Trial] = []
      trials.reserveCapacity(list.file.pairs.count)
      for (index, pair) in list.file.pairs.enumerated() {
        if index % 4096 == 0 { try signals.checkpoint() }
        let (a, b) = (Int(pair.a), Int(pair.b))
        var score = Trial.never
        if let first = known[a], let second = known[b] { score = ImageSource.score(first, second) }
        trials.append(Trial(score: score, first: list.people.numbers[a], second: list.people.numbers[b]))
      }
      return trials
    }
  }

  private func result(
    _ report: VerificationReport, _ job: EvaluationJob, _ media: EvaluationMedia
  ) -> EvaluateVerification.Result {
    EvaluateVerification.Result(
      model: job.model, detector: job.detector, people: report.people, photos: job.counts(report.photos),
      genuine: report.genuine, impostor: report.impostor, unusable: report.unusable, auc: report.measures?.area,
      eer: report.measures.map { EqualErrorRate($0.equalErrorRate) },
      fnmr: (report.measures?.held ?? []).map { HeldRate($0) },
      accuracy: report.accuracy.map {
        VerificationAccuracy(
          best: $0.best, threshold: $0.bestThreshold, folds: $0.mean, standardError: $0.standardError)
      },
      atThreshold: report.measures?.fixed.map {
        ThresholdRates(
          threshold: $0.threshold, source: report.thresholdSource, fmr: ErrorRate($0.falseRate),
          fnmr: ErrorRate($0.missRate))
      },
      groups: report.groups?.map { group in
        VerificationGroup(
          group: group.name, genuine: group.genuine, impostor: group.impostor,
          fmr: group.falseRate.map { ErrorRate($0) }, fnmr: group.missRate.map { ErrorRate($0) },
          eer: group.measures.map { EqualErrorRate($0.equalErrorRate) })
      },
      media: media)
  }
}
