/// `calibrate`: measure how scores of the active recognizer spread, and set the match threshold for a false match rate. Long
/// work: a job, with `progress` events.
///
/// Exactly one of `collection`, `pairs`, `labels` and `reset` says what to do.
public enum Calibrate: Command {
  /// What to compare, and the rate to reach.
  public struct Params: CommandParams {
    /// The share of comparisons of two people that may match, 0.000000001 to 0.5; 0.001 when absent.
    public var targetFMR: Double?
    /// Compare the gallery's own templates, all with all.
    public var collection: Bool?
    /// Compare these pairs of the attached images.
    public var pairs: [CalibrationPair]?
    /// Whom each attached image shows, in their order; all are compared with all.
    public var labels: [String]?
    /// Measure and answer, but store nothing.
    public var dryRun: Bool?
    /// Forget the stored calibration: the manifest's thresholds count again.
    public var reset: Bool?

    /// Parameters of their parts.
    public init(
      targetFMR: Double? = nil, collection: Bool? = nil, pairs: [CalibrationPair]? = nil, labels: [String]? = nil,
      dryRun: Bool? = nil, reset: Bool? = nil
    ) {
      self.targetFMR = targetFMR
      self.collection = collection
      self.pairs = pairs
      self.labels = labels
      self.dryRun = dryRun
      self.reset = reset
    }

    /// Checks the ranges.
    public func validate() throws(WireError) {
      if let targetFMR, !(1e-9...0.5).contains(targetFMR) {
        throw .badParams(
          "params.targetFMR must be 0.000000001 to 0.5, found \(targetFMR).", details: ["field": "params.targetFMR"])
      }
      for (index, label) in (labels ?? []).enumerated() { try Check.subject(label, "params.labels[\(index)]") }
      for (index, pair) in (pairs ?? []).enumerated() {
        try Check.range(pair.a, 0...999, "params.pairs[\(index)].a")
        try Check.range(pair.b, 0...999, "params.pairs[\(index)].b")
        if pair.a == pair.b { throw .badParams("params.pairs[\(index)] compares image \(pair.a) with itself.") }
      }
    }
  }

  /// What was measured.
  public struct Result: Codable, Sendable, Equatable {
    /// The id of the recognizer.
    public var model: String
    /// The rate asked for.
    public var targetFMR: Double
    /// Whether there were enough comparisons to speak of that rate; if not, nothing is stored.
    public var resolvable: Bool
    /// The lowest rate these comparisons can speak of; absent after `reset`.
    public var smallestFMR: Double?
    /// Whether the calibration is stored and in use.
    public var stored: Bool
    /// Whether a stored calibration was forgotten (`reset`).
    public var reset: Bool?
    /// The score from which two faces match at the target; absent unless `resolvable`.
    public var threshold: Float?
    /// The share of comparisons of two people at or above the threshold.
    public var fmr: ErrorRate?
    /// The share of comparisons of one person below the threshold; absent without such comparisons.
    public var fnmr: ErrorRate?
    /// Comparisons of one person.
    public var genuine: Int
    /// Comparisons of two people.
    public var impostor: Int
    /// People compared.
    public var subjects: Int
    /// The score of probability one half; absent without comparisons of one person.
    public var midpoint: Float?
    /// How steep the probability is there, above 0.
    public var slope: Float?
    /// Thresholds at false match rates of 0.01, 0.001 and 0.0001, as far as the comparisons can speak of them.
    public var thresholds: [MeasuredThreshold]
    /// What counted before.
    public var previous: PreviousThreshold?
    /// Images that could not be used; their comparisons are left out.
    public var rejected: [RejectedImage]

    /// A result of its parts.
    public init(
      model: String, targetFMR: Double, resolvable: Bool, smallestFMR: Double? = nil, stored: Bool, reset: Bool? = nil,
      threshold: Float? = nil, fmr: ErrorRate? = nil, fnmr: ErrorRate? = nil, genuine: Int = 0, impostor: Int = 0,
      subjects: Int = 0, midpoint: Float? = nil, slope: Float? = nil, thresholds: [MeasuredThreshold] = [],
      previous: PreviousThreshold? = nil, rejected: [RejectedImage] = []
    ) {
      self.model = model
      self.targetFMR = targetFMR
      self.resolvable = resolvable
      self.smallestFMR = smallestFMR
      self.stored = stored
      self.reset = reset
      self.threshold = threshold
      self.fmr = fmr
      self.fnmr = fnmr
      self.genuine = genuine
      self.impostor = impostor
      self.subjects = subjects
      self.midpoint = midpoint
      self.slope = slope
      self.thresholds = thresholds
      self.previous = previous
      self.rejected = rejected
    }
  }

  /// The name on the wire.
  public static let method = "calibrate"
  /// Images for `pairs` and `labels`, none otherwise.
  public static let attachments = AttachmentRule.optionalImages
}
