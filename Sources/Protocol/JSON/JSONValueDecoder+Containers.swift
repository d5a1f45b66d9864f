/// The members of an object, by key.
struct JSONMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let members: [String: JSONValue]
  let codingPath: [any CodingKey]

  var allKeys: [Key] { members.keys.compactMap(Key.init(stringValue:)) }

  func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

  /// The decoder of one member; an absent member decodes as `null`, so both read "is required".
  private func member(_ key: any CodingKey) -> JSONValueDecoder {
    JSONValueDecoder(members[key.stringValue] ?? .null, path: codingPath + [JSONPathKey(key.stringValue)])
  }

  func decodeNil(forKey key: Key) throws -> Bool { member(key).decodeNil() }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try member(key).decode(type) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try member(key).decode(type) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try member(key).floating(type) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try member(key).floating(type) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try member(key).integer(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try member(key).integer(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try member(key).integer(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try member(key).integer(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try member(key).integer(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try member(key).integer(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try member(key).integer(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try member(key).integer(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try member(key).integer(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try member(key).integer(type) }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try T(from: member(key)) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try member(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try member(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { member(JSONPathKey("super")) }
  func superDecoder(forKey key: Key) throws -> any Decoder { member(key) }
}

/// The items of an array, in order.
struct JSONItems: UnkeyedDecodingContainer {
  let items: [JSONValue]
  let codingPath: [any CodingKey]
  private(set) var currentIndex = 0

  init(items: [JSONValue], codingPath: [any CodingKey]) {
    self.items = items
    self.codingPath = codingPath
  }

  var count: Int? { items.count }
  var isAtEnd: Bool { currentIndex >= items.count }

  private mutating func item<T>(_ read: (JSONValueDecoder) throws -> T) throws -> T {
    let path = codingPath + [JSONPathKey(index: currentIndex)]
    guard !isAtEnd else { throw JSONProblem(codingPath, "needs more than \(items.count) items") }
    let value = try read(JSONValueDecoder(items[currentIndex], path: path))
    currentIndex += 1
    return value
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, items[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }
  mutating func decode(_ type: Bool.Type) throws -> Bool { try item { try $0.decode(type) } }
  mutating func decode(_ type: String.Type) throws -> String { try item { try $0.decode(type) } }
  mutating func decode(_ type: Double.Type) throws -> Double { try item { try $0.floating(type) } }
  mutating func decode(_ type: Float.Type) throws -> Float { try item { try $0.floating(type) } }
  mutating func decode(_ type: Int.Type) throws -> Int { try item { try $0.integer(type) } }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try item { try $0.integer(type) } }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try item { try $0.integer(type) } }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try item { try $0.integer(type) } }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try item { try $0.integer(type) } }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try item { try $0.integer(type) } }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try item { try $0.integer(type) } }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try item { try $0.integer(type) } }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try item { try $0.integer(type) } }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try item { try $0.integer(type) } }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try item { try T(from: $0) } }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try item { try $0.container(keyedBy: type) }
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try item { try $0.unkeyedContainer() }
  }
  mutating func superDecoder() throws -> any Decoder { try item { $0 } }
}
