/// How well a face can be recognized.
public struct Quality: Codable, Sendable, Equatable {
  /// 0 (useless) to 1 (a passport photo).
  public var score: Float
  /// What is poor about it, from ``knownReasons``; later versions may add words.
  public var reasons: [String]

  /// A score from 0 to 1 and the reasons for a low one.
  public init(score: Float, reasons: [String]) {
    self.score = score
    self.reasons = reasons
  }

  /// The reasons of this version: out of focus; too few pixels; too little light; turned too far; cut by the edge.
  public static let knownReasons = ["blurred", "small", "dark", "profile", "edge"]
}

/// A subject the face may be.
public struct Candidate: Codable, Sendable, Equatable {
  /// The subject's id.
  public var subject: String
  /// The subject's name, when it has one.
  public var name: String?
  /// Match score: cosine similarity, -1 to 1; higher is more alike.
  public var score: Float
  /// Probability 0 to 1 that it is this subject; absent until the collection was calibrated.
  public var calibrated: Float?
  /// Probability 0 to 1 of this subject by the classifier; absent where it does not know the subject, or there is none.
  public var classifier: Float?

  /// A candidate of its parts.
  public init(
    subject: String, name: String? = nil, score: Float, calibrated: Float? = nil, classifier: Float? = nil
  ) {
    self.subject = subject
    self.name = name
    self.score = score
    self.calibrated = calibrated
    self.classifier = classifier
  }
}

/// What the trained classifier says of a face, whatever the rule.
public struct ClassifierView: Codable, Sendable, Equatable {
  /// The id of the most probable subject; absent when the classifier knows none.
  public var subject: String?
  /// The subject's name, when it has one.
  public var name: String?
  /// Its probability, 0 to 1.
  public var probability: Float
  /// The probability that it is nobody it knows, 0 to 1.
  public var unknown: Float

  /// A view of its parts.
  public init(subject: String? = nil, name: String? = nil, probability: Float, unknown: Float) {
    self.subject = subject
    self.name = name
    self.probability = probability
    self.unknown = unknown
  }
}

/// Why a face is unknown. Later versions may add words.
public enum UnknownReason {
  /// The reasons of this version: nobody is enrolled; the face is too poor to tell; nobody is alike enough; somebody else
  /// is nearly as alike; it is more like faces that are nobody's.
  public static let known = ["emptyGallery", "lowQuality", "belowThreshold", "noMargin", "unknownClass"]
}

/// Who the face is, after the decision rule.
public struct Identity: Codable, Sendable, Equatable {
  /// The subject's id.
  public var subject: String
  /// The subject's name, when it has one.
  public var name: String?
  /// Score by which the rule decided: a cosine, or with the rules `classifier` and `seed` the classifier's probability.
  public var score: Float
  /// The route that decided: `gallery` or `classifier`; with the rule `hybrid`, `classifier` when it confirms the gallery.
  public var source: String
  /// The score had to reach this.
  public var threshold: Float

  /// An identity of its parts.
  public init(subject: String, name: String? = nil, score: Float, source: String, threshold: Float) {
    self.subject = subject
    self.name = name
    self.score = score
    self.source = source
    self.threshold = threshold
  }
}

/// One face of an image.
///
/// ``candidates`` and ``identity`` belong together: where `candidates` is present, the JSON always has `identity`, as
/// `null` when the face is unknown. Where `candidates` is nil, nobody asked who it is and both are absent.
public struct Face: Codable, Sendable, Equatable {
  /// Where the face is, in pixels of the upright image.
  public var box: Box
  /// How sure the detector is that this is a face, 0 to 1.
  public var score: Float
  /// Five points of the face; nil when the detector in use finds none.
  public var landmarks: Landmarks?
  /// Where the face looks; nil without ``landmarks``.
  public var pose: Pose?
  /// How well the face can be recognized.
  public var quality: Quality
  /// The face as a vector, only when asked for; its length is the recognizer's `dimension`.
  public var embedding: [Float]?
  /// The closest subjects, best first; empty when the gallery is empty.
  public var candidates: [Candidate]?
  /// Who it is; nil when unknown, or when ``candidates`` is nil.
  public var identity: Identity?
  /// Why it is nobody, from ``UnknownReason``; nil with an ``identity``.
  public var unknown: String?
  /// What the classifier says; nil when there is none.
  public var classifier: ClassifierView?

  /// A face of its parts.
  public init(
    box: Box, score: Float, landmarks: Landmarks?, pose: Pose?, quality: Quality, embedding: [Float]? = nil,
    candidates: [Candidate]? = nil, identity: Identity? = nil, unknown: String? = nil,
    classifier: ClassifierView? = nil
  ) {
    self.box = box
    self.score = score
    self.landmarks = landmarks
    self.pose = pose
    self.quality = quality
    self.embedding = embedding
    self.candidates = candidates
    self.identity = identity
    self.unknown = unknown
    self.classifier = classifier
  }

  private enum CodingKeys: String, CodingKey {
    case box, score, landmarks, pose, quality, embedding, candidates, identity, unknown, classifier
  }

  /// Encodes the face, with `identity: null` for an unknown one.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(box, forKey: .box)
    try container.encode(score, forKey: .score)
    try container.encodeIfPresent(landmarks, forKey: .landmarks)
    try container.encodeIfPresent(pose, forKey: .pose)
    try container.encode(quality, forKey: .quality)
    try container.encodeIfPresent(embedding, forKey: .embedding)
    if let candidates {
      try container.encode(candidates, forKey: .candidates)
      try container.encode(identity, forKey: .identity)
      try container.encodeIfPresent(unknown, forKey: .unknown)
      try container.encode(classifier, forKey: .classifier)
    }
  }
}
