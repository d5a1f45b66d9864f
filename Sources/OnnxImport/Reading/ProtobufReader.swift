/// Reads the fields of one protobuf message, one at a time; every length is checked before it is used.
///
/// Reference: protobuf's encoding guide. Groups, which ONNX never uses, are refused.
struct ProtobufReader {
  /// What a field holds, as the wire has it.
  enum Value {
    case varint(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    case bytes(OnnxBytes)
  }

  struct Field {
    let number: Int
    let value: Value
  }

  private let bytes: OnnxBytes
  private var at = 0

  init(_ bytes: OnnxBytes) {
    self.bytes = bytes
  }

  /// The next field, `nil` at the end of the message.
  mutating func next() throws(OnnxError) -> Field? {
    guard at < bytes.count else { return nil }
    let key = try varint()
    guard let number = Int(exactly: key >> 3), number > 0 else { throw Self.damaged("a field without a number") }
    switch key & 7 {
    case 0: return Field(number: number, value: .varint(try varint()))
    case 1: return Field(number: number, value: .fixed64(try fixed(8)))
    case 2:
      guard let length = Int(exactly: try varint()), let part = bytes.slice(at, length) else {
        throw Self.damaged("a field that is longer than the file")
      }
      at += length
      return Field(number: number, value: .bytes(part))
    case 5: return Field(number: number, value: .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw Self.damaged("a field of an unknown kind")
    }
  }

  /// Whether there is more to read.
  var isAtEnd: Bool { at >= bytes.count }

  /// A number of up to ten bytes, seven bits each.
  mutating func varint() throws(OnnxError) -> UInt64 {
    var result: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = bytes.byte(at) else { throw Self.damaged("a number that is cut off") }
      at += 1
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
    }
    throw Self.damaged("a number of more than ten bytes")
  }

  /// A little-endian number of `length` bytes.
  mutating func fixed(_ length: Int) throws(OnnxError) -> UInt64 {
    var result: UInt64 = 0
    for index in 0..<length {
      guard let byte = bytes.byte(at + index) else { throw Self.damaged("a number that is cut off") }
      result |= UInt64(byte) << UInt64(8 * index)
    }
    at += length
    return result
  }

  static func damaged(_ what: String) -> OnnxError {
    OnnxError(.invalid, "The file is no sound ONNX file: it has \(what).")
  }
}

extension ProtobufReader.Field {
  private func mismatch() -> OnnxError { ProtobufReader.damaged("field \(number) with the wrong kind of value") }

  /// A whole number; protobuf writes negative ones as if unsigned.
  func int64() throws(OnnxError) -> Int64 {
    guard case .varint(let value) = value else { throw mismatch() }
    return Int64(bitPattern: value)
  }

  func float() throws(OnnxError) -> Float {
    guard case .fixed32(let value) = value else { throw mismatch() }
    return Float(bitPattern: value)
  }

  func bytes() throws(OnnxError) -> OnnxBytes {
    guard case .bytes(let value) = value else { throw mismatch() }
    return value
  }

  func message() throws(OnnxError) -> ProtobufReader { ProtobufReader(try bytes()) }

  func text(_ budget: ReadingBudget) throws(OnnxError) -> String {
    let part = try bytes()
    try budget.spend(16 + part.count)
    return part.text
  }

  /// Adds one number, or a packed list of them, to `values`.
  func append(to values: inout [Int64], _ budget: ReadingBudget) throws(OnnxError) {
    switch value {
    case .varint(let number):
      try budget.spend(8)
      values.append(Int64(bitPattern: number))
    case .bytes(let part):
      var reader = ProtobufReader(part)
      while !reader.isAtEnd {
        try budget.spend(8)
        values.append(Int64(bitPattern: try reader.varint()))
      }
    case .fixed32, .fixed64: throw mismatch()
    }
  }

  /// Adds one float, or a packed list of them, to `values`.
  func append(to values: inout [Float], _ budget: ReadingBudget) throws(OnnxError) {
    switch value {
    case .fixed32(let bits):
      try budget.spend(4)
      values.append(Float(bitPattern: bits))
    case .bytes(let part):
      guard part.count % 4 == 0 else { throw mismatch() }
      try budget.spend(part.count)
      values.reserveCapacity(values.count + part.count / 4)
      part.withUnsafeBytes { buffer in
        for offset in stride(from: 0, to: buffer.count, by: 4) {
          let bits = buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
          values.append(Float(bitPattern: UInt32(littleEndian: bits)))
        }
      }
    case .varint, .fixed64: throw mismatch()
    }
  }

  /// Adds one double, or a packed list of them, to `values`.
  func append(doublesTo values: inout [Float], _ budget: ReadingBudget) throws(OnnxError) {
    switch value {
    case .fixed64(let bits):
      try budget.spend(4)
      values.append(Float(Double(bitPattern: bits)))
    case .bytes(let part):
      guard part.count % 8 == 0 else { throw mismatch() }
      try budget.spend(part.count / 2)
      var reader = ProtobufReader(part)
      while !reader.isAtEnd { values.append(Float(Double(bitPattern: try reader.fixed(8)))) }
    case .varint, .fixed32: throw mismatch()
    }
  }
}

/// What may be allocated while one file is read, so that a small file cannot become a large structure.
///
/// Weights as raw bytes are not counted: they stay where they are. Used by one thread.
final class ReadingBudget {
  private var left: Int

  init(bytes: Int) {
    left = bytes
  }

  func spend(_ bytes: Int) throws(OnnxError) {
    left -= bytes
    guard left >= 0 else {
      throw OnnxError(.tooLarge, "The ONNX file holds more nodes, names and numbers than this program takes.")
    }
  }
}
