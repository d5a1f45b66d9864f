/// Two images to be compared, by their positions among the attachments.
public struct CalibrationPair: Codable, Sendable, Equatable {
  /// The first image, counted from 0.
  public var a: Int
  /// The second image.
  public var b: Int
  /// Whether they show one person.
  public var same: Bool

  /// A pair of its parts.
  public init(a: Int, b: Int, same: Bool) {
    self.a = a
    self.b = b
    self.same = same
  }
}

/// An error rate with its 95 % confidence interval.
public struct ErrorRate: Codable, Sendable, Equatable {
  /// Wrong decisions divided by comparisons.
  public var value: Double
  /// The lower end of the interval.
  public var low: Double
  /// The upper end of the interval.
  public var high: Double

  /// A rate of its parts.
  public init(value: Double, low: Double, high: Double) {
    self.value = value
    self.low = low
    self.high = high
  }
}

/// A score and the false match rate measured at it.
public struct MeasuredThreshold: Codable, Sendable, Equatable {
  /// False match rate.
  public var fmr: Double
  /// The score that keeps it.
  public var score: Float

  /// A threshold of its parts.
  public init(fmr: Double, score: Float) {
    self.fmr = fmr
    self.score = score
  }
}

/// The threshold that counted before a calibration.
public struct PreviousThreshold: Codable, Sendable, Equatable {
  /// The score from which two faces matched.
  public var threshold: Float
  /// The false match rate it stood for.
  public var targetFMR: Double
  /// Where it came from: `manifest`, `collection`, `pairs` or `labels`.
  public var source: String

  /// A threshold of its parts.
  public init(threshold: Float, targetFMR: Double, source: String) {
    self.threshold = threshold
    self.targetFMR = targetFMR
    self.source = source
  }
}

/// The stored calibration of the active recognizer, as `status` shows it.
public struct CalibrationStatus: Codable, Sendable, Equatable {
  /// The id of the recognizer.
  public var model: String
  /// The false match rate asked of one comparison.
  public var targetFMR: Double
  /// The score from which two faces match.
  public var threshold: Float
  /// What the threshold did to the comparisons measured.
  public var fmr: ErrorRate
  /// The same for comparisons of one person; absent when there were none.
  public var fnmr: ErrorRate?
  /// What was compared: `collection`, `pairs` or `labels`.
  public var source: String
  /// When.
  public var measuredAt: String

  /// A calibration of its parts.
  public init(
    model: String, targetFMR: Double, threshold: Float, fmr: ErrorRate, fnmr: ErrorRate? = nil, source: String,
    measuredAt: String
  ) {
    self.model = model
    self.targetFMR = targetFMR
    self.threshold = threshold
    self.fmr = fmr
    self.fnmr = fnmr
    self.source = source
    self.measuredAt = measuredAt
  }
}
