import FoundationEssentials

/// Reads and writes the JSON of frames.
public enum WireJSON {
  /// The UTF-8 text of a value: members sorted by name, slashes not escaped.
  ///
  /// - Throws: `EncodingError` when a number is not finite.
  public static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
  }

  /// The object in a frame's JSON, strictly checked.
  ///
  /// - Throws: ``WireError`` `badJSON` for anything but one well-formed object within the limits.
  public static func object(_ bytes: ArraySlice<UInt8>, limits: Limits = .standard) throws(WireError) -> JSONValue {
    guard bytes.count <= limits.maxJSON else {
      throw WireError.oversizedJSON(bytes.count, limit: limits.maxJSON)
    }
    let value = try JSONParser.parse(bytes, maxDepth: limits.maxDepth)
    guard case .object = value else {
      throw WireError(.badJSON, "The JSON must be one object, found \(value.kindDescription).")
    }
    return value
  }

  /// Decodes a type from a frame's JSON.
  ///
  /// - Throws: ``WireError`` `badJSON`, or `badParams` naming the field that does not fit.
  public static func decode<T: Decodable>(
    _ type: T.Type, from bytes: ArraySlice<UInt8>, limits: Limits = .standard
  ) throws(WireError) -> T {
    try JSONValueDecoder.decode(type, from: object(bytes, limits: limits))
  }

  /// Decodes a type from a value that was parsed before; `path` names the value in error messages.
  ///
  /// - Throws: ``WireError`` `badParams` naming the field that does not fit.
  public static func decode<T: Decodable>(
    _ type: T.Type, from value: JSONValue, at path: String? = nil
  ) throws(WireError) -> T {
    try JSONValueDecoder.decode(type, from: value, at: path)
  }
}

extension WireError {
  /// The answer to a JSON of `size` bytes when `limit` are allowed.
  public static func oversizedJSON(_ size: Int, limit: Int) -> WireError {
    WireError(
      .badJSON, "The JSON has \(size) bytes; at most \(limit) are allowed. Send large data as attachments.",
      details: ["size": .integer(Int64(size)), "limit": .integer(Int64(limit))])
  }
}
