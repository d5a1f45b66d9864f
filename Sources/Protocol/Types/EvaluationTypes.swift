/// Which face of a photo with several an evaluation takes.
public enum EvaluatedFace: String, WireChoice {
  /// The one closest to the middle of the photo.
  case center
  /// The one with the largest area.
  case largest
}

/// The models an evaluation used, so that its numbers can be told apart from another's.
public struct EvaluatedModel: Codable, Sendable, Equatable {
  /// Id from the manifest.
  public var id: String
  /// SHA-256 of the weights.
  public var sha256: String

  /// A model of its parts.
  public init(id: String, sha256: String) {
    self.id = id
    self.sha256 = sha256
  }
}

/// A photo of an evaluation that could not be used.
public struct FailedPhoto: Codable, Sendable, Equatable {
  /// Its path, relative to the folder it was looked for in.
  public var path: String
  /// Why, for programs.
  public var code: ErrorCode
  /// Why, for people.
  public var message: String

  /// A failure of its parts.
  public init(path: String, code: ErrorCode, message: String) {
    self.path = path
    self.code = code
    self.message = message
  }
}

/// What became of the photos of an evaluation.
public struct PhotoCounts: Codable, Sendable, Equatable {
  /// Photos that were looked at.
  public var photos: Int
  /// Photos that could not be used; each counts as a face that matches nobody.
  public var failed: Int
  /// How many failed for each reason, by error code.
  public var reasons: [String: Int]
  /// Photos with more than one face, of which one was chosen.
  public var severalFaces: Int
  /// The first of those that failed, at most 100.
  public var failures: [FailedPhoto]

  /// Counts of their parts.
  public init(photos: Int, failed: Int, reasons: [String: Int], severalFaces: Int, failures: [FailedPhoto]) {
    self.photos = photos
    self.failed = failed
    self.reasons = reasons
    self.severalFaces = severalFaces
    self.failures = failures
  }
}

/// The share of misses where the share of false acceptances is held.
public struct HeldRate: Codable, Sendable, Equatable {
  /// The share held: a false match rate, or the share of strangers who are named.
  public var at: Double
  /// The score from which on it is kept; absent when every score keeps it.
  public var threshold: Float?
  /// The share of misses.
  public var miss: ErrorRate

  /// A rate of its parts.
  public init(at: Double, threshold: Float?, miss: ErrorRate) {
    self.at = at
    self.threshold = threshold
    self.miss = miss
  }
}

/// The rate at which misses and false acceptances are equally frequent.
public struct EqualErrorRate: Codable, Sendable, Equatable {
  /// The rate.
  public var value: Double
  /// The lower end of its interval.
  public var low: Double
  /// The upper end of its interval.
  public var high: Double
  /// The score nearest to it.
  public var threshold: Float?

  /// A rate of its parts.
  public init(value: Double, low: Double, high: Double, threshold: Float? = nil) {
    self.value = value
    self.low = low
    self.high = high
    self.threshold = threshold
  }
}

/// The files of an evaluation.
public struct EvaluationMedia: Codable, Sendable, Equatable {
  /// The report for people: one HTML file that needs nothing else.
  public var html: Media
  /// All numbers.
  public var json: Media
  /// A line for each comparison or probe.
  public var csv: Media

  /// Files of their kinds.
  public init(html: Media, json: Media, csv: Media) {
    self.html = html
    self.json = json
    self.csv = csv
  }
}
