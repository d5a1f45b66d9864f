/// What the request says about one attachment: bytes in the frame (`length`) or a file (`path`).
public struct AttachmentDescriptor: Codable, Sendable, Equatable {
  /// What the method calls it: `image`; `a` and `b` for `verify`.
  public var name: String
  /// Media type; sniffed from the first bytes when absent. Raw pixels: `image/x-rgb` or `image/x-gray`.
  public var type: String?
  /// Bytes in the frame. Absent for a file.
  public var length: Int?
  /// A file to read instead, below an `--allow-path` root; relative to the worker's working directory.
  public var path: String?
  /// Raw pixels: pixels in a row.
  public var width: Int?
  /// Raw pixels: rows.
  public var height: Int?
  /// Raw pixels: bytes from one row to the next; `width` times channels when absent.
  public var stride: Int?

  /// A description of its parts.
  public init(
    name: String = "image", type: String? = nil, length: Int? = nil, path: String? = nil, width: Int? = nil,
    height: Int? = nil, stride: Int? = nil
  ) {
    self.name = name
    self.type = type
    self.length = length
    self.path = path
    self.width = width
    self.height = height
    self.stride = stride
  }

  /// Decodes a description; an absent name is `image`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decodeIfPresent(String.self, forKey: .name) ?? "image"
    type = try container.decodeIfPresent(String.self, forKey: .type)
    length = try container.decodeIfPresent(Int.self, forKey: .length)
    path = try container.decodeIfPresent(String.self, forKey: .path)
    width = try container.decodeIfPresent(Int.self, forKey: .width)
    height = try container.decodeIfPresent(Int.self, forKey: .height)
    stride = try container.decodeIfPresent(Int.self, forKey: .stride)
  }
}
