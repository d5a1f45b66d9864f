internal import Calibration
internal import Decisions
internal import Evaluation
internal import FaceModels
internal import GalleryStore
internal import Protocol

/// Serves `evaluate.identification`. People are enrolled in memory: the gallery is neither read nor changed.
struct EvaluateIdentificationHandler: MethodHandler {
  typealias Method = EvaluateIdentification
  static let isJob = true
  let engine: Engine

  func handle(
    _ params: EvaluateIdentification.Params, _ context: RequestContext
  ) throws -> EvaluateIdentification.Result {
    let models = try engine.modelsNow()
    let job = EvaluationJob(engine: engine, models: models, context: context)
    let set = try IdentificationSet(params, context.paths)
    var embedder = try PhotoEmbedder(
      models, context, select: params.select, minFaceSize: params.minFaceSize,
      photos: set.enrolledCount + set.probes.count)
    let names = params.rules ?? RuleTrials.all
    let data = try embed(set, &embedder, looksAgain: names.contains(.hybrid), context)
    guard data.people.contains(where: { !$0.isEmpty }) else {
      throw WireError(.noFace, "None of the photos to enroll shows a face that can be used.")
    }
    let rules = try engine.matchRules(models)
    let draws = params.resamples ?? EvaluationJob.defaultResamples
    let (measured, training) = try LowPriority.run("fw-measure", watch: { _ in try context.checkpoint() }) { signals in
      let trials = try RuleTrials(data, names, models.identity, rules) { try signals.checkpoint() }
      return (try trials.measure(data, draws: draws) { try signals.checkpoint() }, trials.head?.curve)
    }
    let report = IdentificationReport(
      header: job.header("Identification", facts(params)), photos: embedder.summary,
      people: zip(set.people, data.people).map {
        .init(name: $0.name, photos: $0.photos.count, usable: $1.count)
      },
      probes: set.probes.count { $0.person != nil }, strangers: set.probes.count { $0.person == nil },
      leftOut: set.leftOut, rules: measured.map(\.report), training: training)
    let csv = ProbeList(set: set, outcomes: measured)
    let media = try job.write(
      report, html: { report.html() }, csv: { csv.bytes }, names: Set(set.people.map(\.name)))
    return result(report, measured.map(\.rule), job, media)
  }

  /// All embeddings.
  private func embed(
    _ set: IdentificationSet, _ embedder: inout PhotoEmbedder, looksAgain: Bool, _ context: RequestContext
  ) throws -> IdentificationData {
    var pace = JobPace(context)
    let total = set.enrolledCount + set.probes.count
    var done = 0
    func step(_ stage: String) throws {
      try pace.step(done: done, total: total, stage: stage)
      done += 1
    }
    var people: [[[Float]]] = []
    for person in set.people {
      var embeddings: [[Float]] = []
      for photo in person.photos {
        try step("enroll")
        if let face = try embedder.embed(photo) { embeddings.append(face.embedding) }
      }
      people.append(embeddings)
    }
    var probes: [EmbeddedProbe] = []
    probes.reserveCapacity(set.probes.count)
    for probe in set.probes {
      try step("probe")
      probes.append(
        EmbeddedProbe(
          person: probe.person, group: probe.group, face: try embedder.embed(probe.photo, looksAgain: looksAgain)))
    }
    try pace.step(done: total, total: total, stage: "probe")
    return IdentificationData(names: set.people.map(\.name), people: people, probes: probes, groups: set.groups)
  }

  private func facts(_ params: EvaluateIdentification.Params) -> [ReportHeader.Fact] {
    let photos = params.enrollPhotos ?? (params.probes == nil ? IdentificationSet.defaultEnrolled : nil)
    return [
      .init("Photos enrolled of each person", photos.map { "the first \($0)" } ?? "all"),
      .init("Face taken of several", (params.select ?? .center).rawValue),
      .init("Draws of people for intervals", "\(params.resamples ?? EvaluationJob.defaultResamples)"),
    ]
  }

  private func result(
    _ report: IdentificationReport, _ rules: [DecisionRule], _ job: EvaluationJob, _ media: EvaluationMedia
  ) -> EvaluateIdentification.Result {
    EvaluateIdentification.Result(
      model: job.model, detector: job.detector, people: report.people.count,
      enrolled: report.people.reduce(0) { $0 + $1.usable }, probes: report.probes, strangers: report.strangers,
      leftOut: report.leftOut, photos: job.counts(report.photos),
      rules: zip(rules, report.rules).map { RuleResult($0, $1, names: report.people.map(\.name)) }, media: media)
  }
}

extension RuleResult {
  private static let answeredConfusions = 20

  init(_ rule: DecisionRule, _ report: IdentificationReport.Rule, names: [String]) {
    self.init(rule: rule, skipped: report.skipped)
    guard let measures = report.measures else { return }
    func name(_ person: Int32) -> String? { names.indices.contains(Int(person)) ? names[Int(person)] : nil }
    rank1 = ErrorRate(measures.rank1)
    fnir = (measures.curve?.held ?? []).map { HeldRate($0) }
    wrongName = measures.wrongNames.map { HeldShare(at: $0.falseRate, share: ErrorRate($0.rate)) }
    eer = measures.curve.map { EqualErrorRate($0.equalErrorRate) }
    decisions = RuleDecisions(
      right: ErrorRate(measures.decisions.right), wrong: ErrorRate(measures.decisions.wrong),
      unknown: ErrorRate(measures.decisions.unknown),
      strangersNamed: measures.decisions.strangersNamed.map { ErrorRate($0) })
    confusions = measures.confusions.filter { $0.named != nil && $0.named != $0.person }.prefix(Self.answeredConfusions)
      .compactMap { confusion in
        confusion.named.flatMap(name).map {
          NamedConfusion(person: confusion.person.flatMap(name), named: $0, count: confusion.count)
        }
      }
  }
}
