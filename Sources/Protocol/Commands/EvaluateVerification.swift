/// `evaluate.verification`: how well the active models tell whether two photos show one person, on a list of pairs. Long
/// work: a job, with `progress` events.
public enum EvaluateVerification: Command {
  /// What to compare.
  public struct Params: CommandParams {
    /// The file with the list, below a folder given with `--allow-path`.
    public var pairs: String
    /// The folder of the photos, below or equal to such a folder.
    public var images: String
    /// Which face of a photo with several: `largest` or `center`; `center` when absent.
    public var select: EvaluatedFace?
    /// See ``Detect/Params/minFaceSize``.
    public var minFaceSize: Int?
    /// How often people are drawn anew for intervals, 0 to 10,000; 1,000 when absent.
    public var resamples: Int?
    /// A CSV file of `path,group` lines: the same numbers for each group.
    public var groups: String?

    /// Parameters of their parts.
    public init(
      pairs: String, images: String, select: EvaluatedFace? = nil, minFaceSize: Int? = nil, resamples: Int? = nil,
      groups: String? = nil
    ) {
      self.pairs = pairs
      self.images = images
      self.select = select
      self.minFaceSize = minFaceSize
      self.resamples = resamples
      self.groups = groups
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      try Check.text(pairs, 1...4096, "params.pairs")
      try Check.text(images, 1...4096, "params.images")
      try Check.text(groups, 1...4096, "params.groups")
      try Check.range(minFaceSize, 1...10_000, "params.minFaceSize")
      try Check.range(resamples, 0...10_000, "params.resamples")
    }
  }

  /// What was measured.
  public struct Result: Codable, Sendable, Equatable {
    /// The recognizer.
    public var model: EvaluatedModel
    /// The detector.
    public var detector: EvaluatedModel
    /// People in the photos, as far as the list tells them apart.
    public var people: Int
    /// What became of the photos.
    public var photos: PhotoCounts
    /// Pairs of one person.
    public var genuine: Int
    /// Pairs of two people.
    public var impostor: Int
    /// Pairs with a photo that could not be used; they match at no threshold.
    public var unusable: Int
    /// The area under the ROC curve.
    public var auc: Double?
    /// Absent, as all rates, unless there are pairs of both kinds.
    public var eer: EqualErrorRate?
    /// False non-match rates at false match rates that the pairs can speak of.
    public var fnmr: [HeldRate]
    /// The share of pairs decided rightly.
    public var accuracy: VerificationAccuracy?
    /// At the threshold that `verify` uses now.
    public var atThreshold: ThresholdRates?
    /// By group, when groups were given.
    public var groups: [VerificationGroup]?
    /// The report's files.
    public var media: EvaluationMedia

    /// A result of its parts.
    public init(
      model: EvaluatedModel, detector: EvaluatedModel, people: Int, photos: PhotoCounts, genuine: Int, impostor: Int,
      unusable: Int, auc: Double? = nil, eer: EqualErrorRate? = nil, fnmr: [HeldRate] = [],
      accuracy: VerificationAccuracy? = nil, atThreshold: ThresholdRates? = nil, groups: [VerificationGroup]? = nil,
      media: EvaluationMedia
    ) {
      self.model = model
      self.detector = detector
      self.people = people
      self.photos = photos
      self.genuine = genuine
      self.impostor = impostor
      self.unusable = unusable
      self.auc = auc
      self.eer = eer
      self.fnmr = fnmr
      self.accuracy = accuracy
      self.atThreshold = atThreshold
      self.groups = groups
      self.media = media
    }
  }

  /// The name on the wire.
  public static let method = "evaluate.verification"
  /// Takes none.
  public static let attachments = AttachmentRule.none
}

/// How many pairs are decided rightly when the threshold is chosen on them.
public struct VerificationAccuracy: Codable, Sendable, Equatable {
  /// At the threshold that is best on all pairs.
  public var best: Double
  /// That threshold.
  public var threshold: Float
  /// The mean over folds, each decided with the threshold that is best on the others; absent with too few pairs.
  public var folds: Double?
  /// The standard error of `folds`.
  public var standardError: Double?

  /// Shares of their parts.
  public init(best: Double, threshold: Float, folds: Double? = nil, standardError: Double? = nil) {
    self.best = best
    self.threshold = threshold
    self.folds = folds
    self.standardError = standardError
  }
}

/// Both errors at one threshold.
public struct ThresholdRates: Codable, Sendable, Equatable {
  /// The score from which two faces match.
  public var threshold: Float
  /// Where it comes from: `manifest`, `collection`, `pairs` or `labels`.
  public var source: String
  /// False matches of pairs of two people.
  public var fmr: ErrorRate
  /// False non-matches of pairs of one person.
  public var fnmr: ErrorRate

  /// Rates of their parts.
  public init(threshold: Float, source: String, fmr: ErrorRate, fnmr: ErrorRate) {
    self.threshold = threshold
    self.source = source
    self.fmr = fmr
    self.fnmr = fnmr
  }
}

/// The pairs within one group of photos.
public struct VerificationGroup: Codable, Sendable, Equatable {
  /// Its name in the file.
  public var group: String
  /// Pairs of one person.
  public var genuine: Int
  /// Pairs of two people.
  public var impostor: Int
  /// At the threshold that `verify` uses now; absent without pairs of two people.
  public var fmr: ErrorRate?
  /// Absent without pairs of one person.
  public var fnmr: ErrorRate?
  /// Absent unless there are pairs of both kinds.
  public var eer: EqualErrorRate?

  /// A group of its parts.
  public init(
    group: String, genuine: Int, impostor: Int, fmr: ErrorRate? = nil, fnmr: ErrorRate? = nil,
    eer: EqualErrorRate? = nil
  ) {
    self.group = group
    self.genuine = genuine
    self.impostor = impostor
    self.fmr = fmr
    self.fnmr = fnmr
    self.eer = eer
  }
}
