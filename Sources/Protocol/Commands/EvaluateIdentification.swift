/// `evaluate.identification`: how well the active models name known people and leave strangers unnamed, on folders of
/// photos. Long work: a job, with `progress` events. The gallery is neither read nor changed.
public enum EvaluateIdentification: Command {
  /// Whom to enroll, and whom to look up.
  public struct Params: CommandParams {
    /// A folder with a sub-folder for each person, below or equal to a folder given with `--allow-path`.
    public var enroll: String
    /// The same for the photos to look up; absent: those of `enroll` that were not enrolled.
    public var probes: String?
    /// A folder of photos of people who are not enrolled.
    public var strangers: String?
    /// How to decide; all rules when absent.
    public var rules: [DecisionRule]?
    /// Photos enrolled of each person, the first ones by name, 1 to 1,000; all when absent, 5 when `probes` is absent too.
    public var enrollPhotos: Int?
    /// At most so many photos of strangers, evenly spread over the folder, 1 to 100,000.
    public var maxStrangers: Int?
    /// Which face of a photo with several; `center` when absent.
    public var select: EvaluatedFace?
    /// See ``Detect/Params/minFaceSize``.
    public var minFaceSize: Int?
    /// How often people are drawn anew for intervals, 0 to 10,000; 1,000 when absent.
    public var resamples: Int?

    /// Parameters of their parts.
    public init(
      enroll: String, probes: String? = nil, strangers: String? = nil, rules: [DecisionRule]? = nil,
      enrollPhotos: Int? = nil, maxStrangers: Int? = nil, select: EvaluatedFace? = nil, minFaceSize: Int? = nil,
      resamples: Int? = nil
    ) {
      self.enroll = enroll
      self.probes = probes
      self.strangers = strangers
      self.rules = rules
      self.enrollPhotos = enrollPhotos
      self.maxStrangers = maxStrangers
      self.select = select
      self.minFaceSize = minFaceSize
      self.resamples = resamples
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.text(enroll, 1...4096, "params.enroll")
      try Check.text(probes, 1...4096, "params.probes")
      try Check.text(strangers, 1...4096, "params.strangers")
      try Check.range(enrollPhotos, 1...1_000, "params.enrollPhotos")
      try Check.range(maxStrangers, 1...100_000, "params.maxStrangers")
      try Check.range(minFaceSize, 1...10_000, "params.minFaceSize")
      try Check.range(resamples, 0...10_000, "params.resamples")
      if let rules, rules.isEmpty || Set(rules).count != rules.count {
        throw .badParams("params.rules must name one rule or more, each once.", details: ["field": "params.rules"])
      }
    }
  }

  /// What was measured.
  public struct Result: Codable, Sendable, Equatable {
    /// The recognizer.
    public var model: EvaluatedModel
    /// The detector.
    public var detector: EvaluatedModel
    /// People who were enrolled.
    public var people: Int
    /// Photos they were enrolled with.
    public var enrolled: Int
    /// Photos of enrolled people that were looked up, unusable ones included.
    public var probes: Int
    /// Photos of strangers that were looked up, unusable ones included.
    public var strangers: Int
    /// Photos left out: enrolled ones among the probes, and strangers' in a sub-folder named as an enrolled person.
    public var leftOut: Int
    /// What became of the photos.
    public var photos: PhotoCounts
    /// By rule, in the order asked for.
    public var rules: [RuleResult]
    /// The report's files.
    public var media: EvaluationMedia

    /// A result of its parts.
    public init(
      model: EvaluatedModel, detector: EvaluatedModel, people: Int, enrolled: Int, probes: Int, strangers: Int,
      leftOut: Int, photos: PhotoCounts, rules: [RuleResult], media: EvaluationMedia
    ) {
      self.model = model
      self.detector = detector
      self.people = people
      self.enrolled = enrolled
      self.probes = probes
      self.strangers = strangers
      self.leftOut = leftOut
      self.photos = photos
      self.rules = rules
      self.media = media
    }
  }

  /// The name on the wire.
  public static let method = "evaluate.identification"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}

/// What one decision rule did.
public struct RuleResult: Codable, Sendable, Equatable {
  /// The rule.
  public var rule: DecisionRule
  /// Why the rule could not be tried; the rest is then absent.
  public var skipped: String?
  /// Known people's probes with the right name in front, whatever the score.
  public var rank1: ErrorRate?
  /// Misses (FNIR: a known person not named rightly) where the share of strangers who are named (FPIR) is held, as far as
  /// there are strangers enough.
  public var fnir: [HeldRate]
  /// The share of known people's probes that get another's name at the same thresholds.
  public var wrongName: [HeldShare]
  /// Absent without strangers.
  public var eer: EqualErrorRate?
  /// At the rule's own thresholds.
  public var decisions: RuleDecisions?
  /// The people most often given another's name, at most 20.
  public var confusions: [NamedConfusion]

  /// A result of its parts.
  public init(
    rule: DecisionRule, skipped: String? = nil, rank1: ErrorRate? = nil, fnir: [HeldRate] = [],
    wrongName: [HeldShare] = [], eer: EqualErrorRate? = nil, decisions: RuleDecisions? = nil,
    confusions: [NamedConfusion] = []
  ) {
    self.rule = rule
    self.skipped = skipped
    self.rank1 = rank1
    self.fnir = fnir
    self.wrongName = wrongName
    self.eer = eer
    self.decisions = decisions
    self.confusions = confusions
  }
}

/// A share where another one is held.
public struct HeldShare: Codable, Sendable, Equatable {
  /// The share held.
  public var at: Double
  /// The share measured.
  public var share: ErrorRate

  /// A share of its parts.
  public init(at: Double, share: ErrorRate) {
    self.at = at
    self.share = share
  }
}

/// What became of probes at a rule's own thresholds.
public struct RuleDecisions: Codable, Sendable, Equatable {
  /// Known people named rightly.
  public var right: ErrorRate
  /// Known people given another's name.
  public var wrong: ErrorRate
  /// Known people not named.
  public var unknown: ErrorRate
  /// Strangers given a name; absent without strangers.
  public var strangersNamed: ErrorRate?

  /// Shares of their parts.
  public init(right: ErrorRate, wrong: ErrorRate, unknown: ErrorRate, strangersNamed: ErrorRate? = nil) {
    self.right = right
    self.wrong = wrong
    self.unknown = unknown
    self.strangersNamed = strangersNamed
  }
}

/// Somebody who was given another's name.
public struct NamedConfusion: Codable, Sendable, Equatable {
  /// The person, by the folder's name; absent for strangers.
  public var person: String?
  /// The name given.
  public var named: String
  /// How often.
  public var count: Int

  /// A confusion of its parts.
  public init(person: String?, named: String, count: Int) {
    self.person = person
    self.named = named
    self.count = count
  }
}
