/// Any JSON value, for the parts of a message that have no type of their own (`details`, `metadata`).
public enum JSONValue: Sendable, Equatable {
  /// `null`
  case null
  /// `true` or `false`
  case bool(Bool)
  /// A number without fraction and exponent that fits 64 bits.
  case integer(Int64)
  /// Any other number; infinite when the text was beyond the range of a double.
  case number(Double)
  /// A string.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// An object; the order of its members is not kept.
  case object([String: JSONValue])

  /// The member of an object, or nil.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  /// What an error message calls this value: `a string`, `null`, `the number 1.5`.
  public var kindDescription: String {
    switch self {
    case .null: return "null"
    case .bool: return "a boolean"
    case .integer(let value): return "the number \(value)"
    case .number(let value) where value.isFinite: return "the number \(value)"
    case .number: return "a number out of range"
    case .string: return "a string"
    case .array: return "an array"
    case .object: return "an object"
    }
  }

  /// Where a number stands that cannot be written as JSON again; nil when there is none.
  var pathOfNonFinite: [any CodingKey]? {
    switch self {
    case .number(let value): return value.isFinite ? nil : []
    case .array(let items):
      for (index, item) in items.enumerated() {
        if let path = item.pathOfNonFinite { return [JSONPathKey(index: index)] + path }
      }
      return nil
    case .object(let members):
      for (name, member) in members {
        if let path = member.pathOfNonFinite { return [JSONPathKey(name)] + path }
      }
      return nil
    case .null, .bool, .integer, .string: return nil
    }
  }
}

extension JSONValue: Codable {
  /// Decodes any value; a number out of range is an error.
  public init(from decoder: any Decoder) throws {
    if let decoder = decoder as? JSONValueDecoder {
      if let path = decoder.value.pathOfNonFinite {
        throw JSONProblem(decoder.codingPath + path, "is a number out of range")
      }
      self = decoder.value
      return
    }
    if let members = try? [String: JSONValue](from: decoder) {
      self = .object(members)
    } else if let items = try? [JSONValue](from: decoder) {
      self = .array(items)
    } else {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let value = try? container.decode(Bool.self) {
        self = .bool(value)
      } else if let value = try? container.decode(Int64.self) {
        self = .integer(value)
      } else if let value = try? container.decode(Double.self) {
        self = .number(value)
      } else {
        self = .string(try container.decode(String.self))
      }
    }
  }

  /// Encodes the value as it is.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let items): try container.encode(items)
    case .object(let members): try container.encode(members)
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral
{
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A list.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object; of two members with the same key the last one counts.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
  }
}
