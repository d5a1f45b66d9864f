internal import Protocol
internal import Training

/// What the worker tells its trainer: the JSON of a request frame. Internal to one version of the program, since both ends are the
/// same file.
struct TrainerMessage: Codable, Sendable {
  /// What is to be trained, and where. Sent first; the attachment is the head in use, empty when there is none.
  var open: TrainerOrder?
  /// Faces to learn from; the attachment holds each one's crop, then its embedding, back to back.
  var samples: [TrainerSample]?
  /// All was sent: train.
  var run: Bool?
}

/// What is to be trained, and where.
struct TrainerOrder: Codable, Sendable {
  var settings: TrainingSettings
  var threads: Int
  /// Where models are looked for, and which may be used.
  var modelFolders: [String]
  var licencePolicy: String
  var recognizer: String
  /// What the recognizer's templates are bound to: it must still be that.
  var modelDigest: String
  /// The working folder: checkpoints and the outcome.
  var folder: String
}

/// A face of ``TrainerMessage/samples``.
struct TrainerSample: Codable, Sendable {
  var id: Int64
  /// The subject's number; absent for a face that is nobody's.
  var subject: Int64?
  /// Bytes of its encoded crop; 0 without one.
  var crop: Int
  /// Landmarks and box of the face in the crop, fourteen numbers as ``CropGeometry`` has them.
  var geometry: [Float]?
  /// Numbers of its embedding; 0 without one.
  var embedding: Int
}

/// A file of an outcome, as told over the pipe: what lies in the folder is believed only when it is this.
struct TrainerFile: Codable, Sendable, Equatable {
  var bytes: Int
  /// 64 lower-case hexadecimal digits.
  var sha256: String
}

/// What the trainer left in its folder: the JSON of its result frame.
struct TrainerResult: Codable, Sendable {
  /// By name, see ``TrainerFiles``.
  var files: [String: TrainerFile]
}

/// Names of the files of an outcome, and what each may take in bytes.
enum TrainerFiles {
  static let head = "head.safetensors"
  static let report = "report.json"
  static let tuned = "tuned.safetensors"
  static let embeddings = "embeddings.safetensors"
  static let sheet = "sheet.jpg"

  static let limits: [String: Int] = [
    head: 512 << 20, report: 1 << 20, tuned: 2 << 30, embeddings: 2 << 30, sheet: 64 << 20,
  ]
}

extension Limits {
  /// What a worker sends its trainer.
  static var toTrainer: Limits { .standard }

  /// What a trainer may send: a corrupt one must not make its worker hold much.
  static var fromTrainer: Limits {
    var limits = Limits.standard
    limits.maxFrame = 1 << 18
    limits.maxJSON = 1 << 17
    return limits
  }
}
