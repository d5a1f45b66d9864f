internal import Decisions
internal import Evaluation
internal import GalleryStore
internal import Protocol

/// A probe as the rules see it; no face where its photo could not be used.
struct EmbeddedProbe: Sendable {
  let person: Int32?
  let group: Int32
  let face: DecisionFace?
}

/// One rule, tried as `identify` uses it: at its own thresholds, and at all others.
struct RuleTrial: Sendable {
  let rule: DecisionRule
  private let rules: MatchRules
  /// At the rule's own thresholds.
  private let maker: any DecisionMaker
  /// At a threshold so low that whoever comes first is named, unless the rule refuses for another reason.
  private let open: any DecisionMaker
  /// Which first looks are not enough; `nil` for rules that look once.
  private let secondLook: SecondLook?

  /// - Parameter subjects: how many are enrolled.
  init(_ rule: DecisionRule, _ rules: MatchRules, subjects: Int) {
    (self.rule, self.rules) = (rule, rules)
    let threshold = rules.identificationThreshold(subjects: subjects)
    secondLook = rule == .hybrid ? rules.secondLook(subjects: subjects) : nil
    switch rule {
    case .gallery: (maker, open) = (GalleryRule(threshold: threshold), GalleryRule(threshold: -1))
    case .hybrid: (maker, open) = (HybridRule(threshold: threshold), HybridRule(threshold: -.greatestFiniteMagnitude))
    case .classifier: (maker, open) = (ClassifierRule(), ClassifierRule(threshold: 0))
    case .seed: (maker, open) = (SeedRule(), SeedRule(threshold: 0))
    }
  }

  /// What the rule says of a probe; `again` is the probe by two looks, `person` and `group` are whom it shows.
  func outcome(_ probe: DecisionProbe, again: DecisionProbe?, person: Int32?, group: Int32) -> ProbeOutcome {
    let probe = secondLook?.isWorthwhile(maker.decide(probe)) == true ? again ?? probe : probe
    let first =
      switch rule {
      case .seed: Self.seedFirst(probe)
      // Ahead of `unknown` or not: that is a matter of the threshold too.
      case .classifier: probe.head?.best.map { (person: Self.position($0.slot), score: $0.probability) }
      case .gallery, .hybrid: Self.first(open.decide(probe))
      }
    let order = probe.candidates.map { Self.position($0.number) }
    return ProbeOutcome(
      person: person, group: group, best: first?.person, score: first?.score ?? Trial.never,
      named: maker.decide(probe).subject.map(Self.position), probability: probability(probe, first?.score),
      rank: rule == .gallery ? person.flatMap { order.firstIndex(of: $0).map { $0 + 1 } } : nil)
  }

  private static func first(_ decision: Decision) -> (person: Int32, score: Float)? {
    decision.subject.map { (position($0), decision.score) }
  }

  /// The recipe takes one threshold for softmax and cosine: lowered step by step, it names by whichever is higher.
  private static func seedFirst(_ probe: DecisionProbe) -> (person: Int32, score: Float)? {
    var found: (person: Int32, score: Float)?
    if let head = probe.head, let best = head.best, best.probability > head.unknown {
      found = (position(best.slot), best.probability)
    }
    if let closest = probe.candidates.max(by: { $0.prototypeScore < $1.prototypeScore }),
      closest.prototypeScore > found?.score ?? -.infinity
    {
      found = (position(closest.number), closest.prototypeScore)
    }
    return found
  }

  private func probability(_ probe: DecisionProbe, _ score: Float?) -> Float? {
    switch rule {
    case .gallery: score.flatMap { rules.calibrated($0) }
    case .classifier: probe.head?.best?.probability
    case .seed, .hybrid: nil
    }
  }

  /// Subjects are numbered from 1, people from 0.
  private static func position(_ number: Int64) -> Int32 { Int32(clamping: number - 1) }
}
