internal import Decisions
internal import FacePipeline
internal import GalleryStore
internal import Protocol

/// What a rule says of one face, as the wire has it.
struct FaceVerdict: Sendable {
  var candidates: [Candidate]
  var identity: Identity?
  /// Why it is nobody; `nil` with an identity.
  var unknown: String?
  /// What the classifier says; `nil` without one.
  var classifier: ClassifierView?
  /// The decision itself: score, threshold, route.
  var decision: Decision
}

/// Decides who faces are, by one rule on one snapshot of gallery and models.
struct FaceJudge: Sendable {
  let index: GalleryIndex
  let rules: MatchRules
  /// What a candidate's `score` has to reach under the rules `gallery` and `hybrid`.
  let maker: any DecisionMaker
  /// Which first looks are not enough; `nil` under rules that look once.
  let secondLook: SecondLook?
  private let head: SoftmaxHead?
  private let topK: Int

  static let defaultTopK = 5

  /// - Parameters:
  ///   - rule: how to decide; `hybrid` when `nil`.
  ///   - threshold: takes the place of the rule's own.
  /// - Throws: `modelNotFound` when the rule needs a classifier and there is none; `modelMismatch`, `storageFailed`.
  init(_ engine: Engine, _ models: ActiveModels, rule: DecisionRule?, threshold: Float?, topK: Int?) throws {
    try Self.check(rule, models)
    let rule = rule ?? .hybrid
    index = try engine.gallery.index(for: models.identity)
    head = models.head
    rules = try engine.matchRules(models)
    self.topK = topK ?? Self.defaultTopK
    let gallery = threshold ?? rules.identificationThreshold(subjects: index.subjectCount)
    secondLook = rule == .hybrid ? rules.secondLook(subjects: index.subjectCount) : nil
    switch rule {
    case .gallery: maker = GalleryRule(threshold: gallery)
    case .hybrid: maker = HybridRule(threshold: gallery)
    case .classifier: maker = ClassifierRule(threshold: threshold ?? ClassifierRule.defaultThreshold)
    case .seed: maker = SeedRule(threshold: threshold ?? SeedRule.defaultThreshold)
    }
  }

  /// Whether a rule can be served with these models.
  ///
  /// - Throws: `modelNotFound` when it needs a classifier and there is none.
  static func check(_ rule: DecisionRule?, _ models: ActiveModels) throws(WireError) {
    guard let rule, rule == .seed || rule == .classifier, models.head == nil else { return }
    throw WireError(
      .modelNotFound,
      "The rule \"\(rule.rawValue)\" needs a trained classifier, and there is none for these models; call \"train\" "
        + "first, use \"gallery\", or leave the rule out.")
  }

  /// A verdict for each face, in their order.
  ///
  /// - Throws: `badValue` as a gallery error when an embedding is no direction of the model's dimension.
  func judge(_ faces: [DecisionFace]) throws(GalleryError) -> [FaceVerdict] {
    try DecisionProbe.make(faces, topK: topK, index: index, head: head).map { verdict(on: $0) }
  }

  /// The same, with another look at those faces for which ``secondLook`` asks it.
  ///
  /// `otherViews` gives the embeddings of other views of the faces at these places, in their order.
  func judge(
    _ faces: [DecisionFace], otherViews: (_ places: [Int]) throws -> [[[Float]]]
  ) throws -> [FaceVerdict] {
    var verdicts = try judge(faces)
    guard let secondLook else { return verdicts }
    let places = verdicts.indices.filter { secondLook.isWorthwhile(verdicts[$0].decision) }
    guard !places.isEmpty else { return verdicts }
    var again: [(place: Int, face: DecisionFace)] = []
    for (place, views) in zip(places, try otherViews(places)) {
      if let joined = faces[place].joined(with: views) { again.append((place, joined)) }
    }
    for (entry, verdict) in zip(again, try judge(again.map(\.face))) { verdicts[entry.place] = verdict }
    return verdicts
  }

  private func verdict(on probe: DecisionProbe) -> FaceVerdict {
    var decision = maker.decide(probe)
    let candidates = probe.candidates.prefix(topK).map { candidate in
      Candidate(
        subject: candidate.subject, name: candidate.name, score: candidate.score,
        calibrated: rules.calibrated(candidate.score), classifier: probe.head?.probability(of: candidate.number))
    }
    let view = probe.head.map { head in
      let best = head.best.flatMap { best in index.subject(best.slot).map { ($0, best.probability) } }
      return ClassifierView(
        subject: best?.0.id, name: best?.0.name, probability: best?.1 ?? 0, unknown: head.unknown)
    }
    // A subject removed since the head was trained is nobody.
    let named = decision.subject.flatMap { index.subject($0) }
    if decision.subject != nil, named == nil {
      decision = .unknown(
        .unknownClass, score: decision.score, threshold: decision.threshold, by: decision.source)
    }
    let identity = named.map { subject in
      Identity(
        subject: subject.id, name: subject.name, score: decision.score, source: decision.source.rawValue,
        threshold: decision.threshold)
    }
    return FaceVerdict(
      candidates: candidates, identity: identity, unknown: decision.unknown?.rawValue, classifier: view,
      decision: decision)
  }
}

extension DecisionFace {
  /// A face that was embedded; `nil` for one that was not.
  init?(_ face: AnalyzedFace) {
    guard let embedding = face.embedding else { return nil }
    self.init(embedding: embedding, quality: face.quality.score, hasFaults: !face.quality.reasons.isEmpty)
  }
}
