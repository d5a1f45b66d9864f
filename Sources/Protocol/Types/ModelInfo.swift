/// A model the worker has loaded.
public struct ModelInfo: Codable, Sendable, Equatable {
  /// Id from the manifest, `dlib-resnet-v1`.
  public var id: String
  /// `detector`, `recognizer` or `liveness`.
  public var role: String
  /// SHA-256 of the weights, 64 hexadecimal digits; templates are bound to it.
  public var sha256: String
  /// Length of the embeddings; absent for a detector.
  public var dimension: Int?
  /// Licence of the weights, as the manifest states it.
  public var licence: String
  /// What its convolutions are computed in: `float32`, `bf16` or `int8`. Absent in messages of workers before it was a choice.
  public var precision: String?
  /// Why it is not what was asked for; absent when it is.
  public var precisionReason: String?

  /// A model of its parts.
  public init(
    id: String, role: String, sha256: String, dimension: Int? = nil, licence: String, precision: String? = nil,
    precisionReason: String? = nil
  ) {
    self.id = id
    self.role = role
    self.sha256 = sha256
    self.dimension = dimension
    self.licence = licence
    self.precision = precision
    self.precisionReason = precisionReason
  }
}
