/// A model that is installed, whether in use or not.
public struct ModelDescription: Codable, Sendable, Equatable {
  /// Id from the manifest, or the folder's name when the manifest cannot be read.
  public var id: String
  /// What it is for; absent, as all that follows, when the manifest cannot be read.
  public var role: ModelRole?
  /// Which of the worker's networks it belongs to.
  public var architecture: String?
  /// SHA-256 of the weights, as in ``ModelInfo``.
  public var sha256: String?
  /// Length of the embeddings of a recognizer.
  public var dimension: Int?
  /// Its licence.
  public var licence: ModelLicence?
  /// Where it is from.
  public var source: ModelSource?
  /// Bytes of all its weight files.
  public var bytes: Int?
  /// Size of the image the network takes, in pixels; absent where any size will do.
  public var input: ImageSize?
  /// Match thresholds of a recognizer, with the false match rate each was measured at.
  public var thresholds: [ModelThreshold]?
  /// What `calibrate` stored for it on this gallery, which counts instead of `thresholds`.
  public var calibration: CalibrationStatus?
  /// What its convolutions are computed in, or would be: `float32`, `bf16` or `int8`.
  public var precision: String?
  /// Why it is not what was asked for; absent when it is.
  public var precisionReason: String?
  /// Whether it is in use.
  public var active: Bool
  /// Whether it can be activated, as far as is known without loading it.
  public var usable: Bool
  /// Why it is not usable.
  public var reason: String?

  /// A model whose manifest cannot be read.
  public init(id: String, reason: String) {
    self.id = id
    active = false
    usable = false
    self.reason = reason
  }

  /// A model of its parts.
  public init(
    id: String, role: ModelRole, architecture: String, sha256: String?, dimension: Int? = nil, licence: ModelLicence,
    source: ModelSource? = nil, bytes: Int?, input: ImageSize? = nil, thresholds: [ModelThreshold]? = nil,
    precision: String? = nil, precisionReason: String? = nil, active: Bool, usable: Bool, reason: String? = nil
  ) {
    self.id = id
    self.role = role
    self.architecture = architecture
    self.sha256 = sha256
    self.dimension = dimension
    self.licence = licence
    self.source = source
    self.bytes = bytes
    self.input = input
    self.thresholds = thresholds
    self.precision = precision
    self.precisionReason = precisionReason
    self.active = active
    self.usable = usable
    self.reason = reason
  }
}

/// What a model is for.
public enum ModelRole: String, WireChoice {
  /// Finds faces.
  case detector
  /// Makes embeddings.
  case recognizer
  /// Tells faces from pictures of faces; cannot be activated yet.
  case liveness
  /// Tells the enrolled subjects apart by an embedding; made by `train`, no installed model.
  case classifier
}

/// The licence of a model's weights.
public struct ModelLicence: Codable, Sendable, Equatable {
  /// SPDX identifier of what the source states.
  public var name: String
  /// `allowed`, `forbidden` or `unclear`.
  public var commercialUse: String

  /// A licence of its parts.
  public init(name: String, commercialUse: String) {
    self.name = name
    self.commercialUse = commercialUse
  }
}

/// Where a model is from.
public struct ModelSource: Codable, Sendable, Equatable {
  /// The package that holds it, and its version.
  public var package: String?
  /// Version of the package.
  public var version: String?
  /// Official address of the files.
  public var url: String?
  /// Page that describes them.
  public var page: String?

  /// A source of its parts.
  public init(package: String? = nil, version: String? = nil, url: String? = nil, page: String? = nil) {
    self.package = package
    self.version = version
    self.url = url
    self.page = page
  }
}

/// A match threshold of a recognizer.
public struct ModelThreshold: Codable, Sendable, Equatable {
  /// False match rate.
  public var fmr: Double
  /// The score at and above which two faces match at this rate.
  public var score: Double
  /// What it was measured on.
  public var data: String

  /// A threshold of its parts.
  public init(fmr: Double, score: Double, data: String) {
    self.fmr = fmr
    self.score = score
    self.data = data
  }
}

/// The models behind an answer.
public struct ModelsUsed: Codable, Sendable, Equatable {
  /// Id of the detector.
  public var detector: String
  /// Id of the recognizer, where one took part.
  public var recognizer: String?

  /// Ids of both.
  public init(detector: String, recognizer: String? = nil) {
    self.detector = detector
    self.recognizer = recognizer
  }
}
