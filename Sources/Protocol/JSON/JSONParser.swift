/// A strict reader of JSON (RFC 8259) from bytes that nobody has checked yet.
///
/// One pass checks syntax, UTF-8, nesting and duplicate members and names the byte where the text goes wrong, which
/// the decoder of Foundation does not. The nesting is bounded before it recurses, so no text can exhaust the stack.
struct JSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let maxDepth: Int
  private var position = 0

  /// The value of a whole text.
  ///
  /// - Throws: ``WireError`` `badJSON` with `details.offset`, the byte where the text goes wrong.
  static func parse(_ bytes: ArraySlice<UInt8>, maxDepth: Int) throws(WireError) -> JSONValue {
    let outcome: Result<JSONValue, WireError> = bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(bytes: buffer, maxDepth: maxDepth)
      do throws(WireError) { return .success(try parser.document()) } catch { return .failure(error) }
    }
    return try outcome.get()
  }

  private init(bytes: UnsafeBufferPointer<UInt8>, maxDepth: Int) {
    self.bytes = bytes
    self.maxDepth = maxDepth
  }

  private mutating func document() throws(WireError) -> JSONValue {
    skipSpace()
    guard peek != nil else { throw problem("The JSON is empty", at: position) }
    let value = try self.value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw problem("There is text after the JSON object", at: position) }
    return value
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func problem(_ message: String, at offset: Int) -> WireError {
    WireError(.badJSON, "\(message), at byte \(offset) of the JSON.", details: ["offset": .integer(Int64(offset))])
  }

  private func unexpected(_ wanted: String) -> WireError {
    guard let byte = peek else { return problem("The JSON ends where \(wanted) should be", at: position) }
    let shown = (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    return problem("The JSON has \(shown) where \(wanted) should be", at: position)
  }

  private mutating func value(depth: Int) throws(WireError) -> JSONValue {
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case .some(let byte) where byte == UInt8(ascii: "-") || isDigit(byte): return try number()
    default: throw unexpected("a value")
    }
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(WireError) -> JSONValue {
    let length = word.utf8CodeUnitCount
    guard position + length <= bytes.count,
      bytes[position..<position + length].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: length))
    else { throw unexpected("a value") }
    position += length
    return value
  }

  private func checkDepth(_ depth: Int) throws(WireError) {
    guard depth <= maxDepth else {
      throw problem("The JSON is nested deeper than \(maxDepth) levels", at: position)
    }
  }

  private mutating func object(depth: Int) throws(WireError) -> JSONValue {
    try checkDepth(depth)
    var members: [String: JSONValue] = [:]
    position += 1
    skipSpace()
    if peek == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw unexpected("a member name in quotes") }
      let start = position
      let key = try string()
      skipSpace()
      guard peek == UInt8(ascii: ":") else { throw unexpected("':'") }
      position += 1
      skipSpace()
      let value = try self.value(depth: depth)
      guard members.updateValue(value, forKey: key) == nil else {
        throw problem("The JSON has a member twice in one object", at: start)
      }
      skipSpace()
      if peek == UInt8(ascii: "}") { break }
      guard peek == UInt8(ascii: ",") else { throw unexpected("',' or '}'") }
      position += 1
    }
    position += 1
    return .object(members)
  }

  private mutating func array(depth: Int) throws(WireError) -> JSONValue {
    try checkDepth(depth)
    var items: [JSONValue] = []
    position += 1
    skipSpace()
    if peek == UInt8(ascii: "]") {
      position += 1
      return .array(items)
    }
    while true {
      skipSpace()
      items.append(try value(depth: depth))
      skipSpace()
      if peek == UInt8(ascii: "]") { break }
      guard peek == UInt8(ascii: ",") else { throw unexpected("',' or ']'") }
      position += 1
    }
    position += 1
    return .array(items)
  }

  private func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }

  private mutating func digits() throws(WireError) {
    guard isDigit(peek) else { throw unexpected("a digit") }
    while isDigit(peek) { position += 1 }
  }

  private mutating func number() throws(WireError) -> JSONValue {
    let start = position
    var isInteger = true
    if peek == UInt8(ascii: "-") { position += 1 }
    if peek == UInt8(ascii: "0") {
      position += 1
      if isDigit(peek) { throw problem("The JSON has a number with a leading zero", at: start) }
    } else {
      try digits()
    }
    if peek == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits()
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int64(text) { return .integer(value) }
    return .number(Double(text) ?? .infinity)
  }

  private mutating func string() throws(WireError) -> String {
    position += 1
    let start = position
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20, byte < 0x80 {
      position += 1
    }
    if peek == UInt8(ascii: "\"") {
      position += 1
      return String(decoding: bytes[start..<position - 1], as: UTF8.self)
    }
    var text = Array(bytes[start..<position])
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      case ..<0x20: throw problem("The JSON has a control character inside a string", at: position)
      case ..<0x80:
        text.append(byte)
        position += 1
      default:
        let length = UTF8Check.sequenceLength(bytes, at: position)
        guard length > 0 else { throw problem("The JSON is not valid UTF-8", at: position) }
        text.append(contentsOf: bytes[position..<position + length])
        position += length
      }
    }
    throw problem("The JSON ends inside a string", at: position)
  }

  private mutating func escape(into text: inout [UInt8]) throws(WireError) {
    let start = position
    position += 1
    guard let byte = peek else { throw problem("The JSON ends inside a string", at: position) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      guard let scalar = try unicodeEscape() else {
        throw problem("The JSON has half a surrogate pair in a string", at: start)
      }
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: throw problem("The JSON has an unknown escape in a string", at: start)
    }
  }

  /// The scalar of `\uXXXX` or of a pair of them; nil for half a pair.
  private mutating func unicodeEscape() throws(WireError) -> Unicode.Scalar? {
    let high = try hexadecimal()
    guard (0xD800...0xDFFF).contains(high) else { return Unicode.Scalar(high) }
    guard high < 0xDC00, peek == UInt8(ascii: "\\") else { return nil }
    position += 1
    guard peek == UInt8(ascii: "u") else { return nil }
    position += 1
    let low = try hexadecimal()
    guard (0xDC00...0xDFFF).contains(low) else { return nil }
    return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
  }

  private mutating func hexadecimal() throws(WireError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw unexpected("a hexadecimal digit")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
