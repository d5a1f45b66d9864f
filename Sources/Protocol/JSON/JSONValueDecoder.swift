/// A `Decoder` over a parsed ``JSONValue`` whose errors say which field, what was expected and what was found.
///
/// JSONDecoder loses the field when a number does not fit its type and needs a second pass over the text to tell what
/// stood there. Here `null` counts as absent for optional fields, unknown members are never looked at, and an
/// integer may be written `3` or `3.0` but not `3.5`.
struct JSONValueDecoder: Decoder {
  let value: JSONValue
  let codingPath: [any CodingKey]
  let userInfo: [CodingUserInfoKey: Any] = [:]

  init(_ value: JSONValue, path: [any CodingKey]) {
    self.value = value
    codingPath = path
  }

  /// Decodes a type from a value.
  ///
  /// - Throws: ``WireError`` `badParams` naming the field.
  static func decode<T: Decodable>(
    _ type: T.Type, from value: JSONValue, at path: String? = nil
  ) throws(WireError) -> T {
    do {
      return try T(from: JSONValueDecoder(value, path: path.map { [JSONPathKey($0)] } ?? []))
    } catch let problem as JSONProblem {
      throw problem.wireError
    } catch let error as WireError {
      throw error
    } catch {
      throw .badParams("The request does not fit its method: \(error).")
    }
  }

  func mismatch(_ expected: String) -> JSONProblem {
    value == .null
      ? JSONProblem(codingPath, "is required and must be \(expected)")
      : JSONProblem(codingPath, "must be \(expected), found \(value.kindDescription)")
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let members) = value else { throw mismatch("an object") }
    return KeyedDecodingContainer(JSONMembers(members: members, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let items) = value else { throw mismatch("an array") }
    return JSONItems(items: items, codingPath: codingPath)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

  func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
    switch value {
    case .integer(let number):
      guard let exact = T(exactly: number) else {
        throw JSONProblem(codingPath, "must be an integer from \(T.min) to \(T.max), found \(number)")
      }
      return exact
    case .number(let number):
      guard let exact = T(exactly: number) else { throw mismatch("an integer") }
      return exact
    default: throw mismatch("an integer")
    }
  }

  func floating<T: BinaryFloatingPoint>(_ type: T.Type) throws -> T {
    let number: T
    switch value {
    case .integer(let value): number = T(value)
    case .number(let value): number = T(value)
    default: throw mismatch("a number")
    }
    guard number.isFinite else { throw JSONProblem(codingPath, "is a number out of range") }
    return number
  }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool { value == .null }
  func decode(_ type: Bool.Type) throws -> Bool {
    guard case .bool(let flag) = value else { throw mismatch("true or false") }
    return flag
  }
  func decode(_ type: String.Type) throws -> String {
    guard case .string(let text) = value else { throw mismatch("a string") }
    return text
  }
  func decode(_ type: Double.Type) throws -> Double { try floating(type) }
  func decode(_ type: Float.Type) throws -> Float { try floating(type) }
  func decode(_ type: Int.Type) throws -> Int { try integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: self) }
}

/// A step of a path: a member's name or an index.
struct JSONPathKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(_ name: String) { (stringValue, intValue) = (name, nil) }
  init(index: Int) { (stringValue, intValue) = ("[\(index)]", index) }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { self.init(index: intValue) }
}
