/// A file the worker wrote to the media directory.
public struct Media: Codable, Sendable, Equatable {
  /// Absolute path of the file.
  public var path: String
  /// Address under `--media-url`, when the parent gave one.
  public var url: String?
  /// Media type: `image/jpeg`, `image/png`, `text/html`, `application/json`, `text/csv`.
  public var type: String
  /// Size of the file, in bytes.
  public var bytes: Int
  /// SHA-256 of the file, 64 hexadecimal digits.
  public var sha256: String

  /// A file of its parts.
  public init(path: String, url: String? = nil, type: String, bytes: Int, sha256: String) {
    self.path = path
    self.url = url
    self.type = type
    self.bytes = bytes
    self.sha256 = sha256
  }
}
