extension OnnxElementType {
  /// Bytes of one element as the file has it, `nil` for strings.
  var byteSize: Int? {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float, .int32, .uint32: 4
    case .double, .int64, .uint64: 8
    case .string: nil
    }
  }

  /// Little-endian elements as float32; `bytes` has those of `values.count` elements.
  func decode(_ bytes: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .float:
      Self.each(bytes, UInt32.self, values) { Float(bitPattern: $0) }
    case .double:
      Self.each(bytes, UInt64.self, values) { Float(Double(bitPattern: $0)) }
    case .float16:
      Self.each(bytes, UInt16.self, values) { Self.half($0) }
    case .bfloat16:
      Self.each(bytes, UInt16.self, values) { Float(bitPattern: UInt32($0) << 16) }
    case .bool:
      Self.each(bytes, UInt8.self, values) { $0 == 0 ? 0 : 1 }
    case .uint8:
      Self.each(bytes, UInt8.self, values) { Float($0) }
    case .int8:
      Self.each(bytes, UInt8.self, values) { Float(Int8(bitPattern: $0)) }
    case .uint16:
      Self.each(bytes, UInt16.self, values) { Float($0) }
    case .int16:
      Self.each(bytes, UInt16.self, values) { Float(Int16(bitPattern: $0)) }
    case .uint32:
      Self.each(bytes, UInt32.self, values) { Float($0) }
    case .int32:
      Self.each(bytes, UInt32.self, values) { Float(Int32(bitPattern: $0)) }
    case .uint64:
      Self.each(bytes, UInt64.self, values) { Float($0) }
    case .int64:
      Self.each(bytes, UInt64.self, values) { Float(Int64(bitPattern: $0)) }
    case .string:
      values.initialize(repeating: 0)
    }
  }

  /// Little-endian elements of a type of whole numbers; those of `uint64` beyond the largest `Int64` become that.
  func decodeIntegers(_ bytes: UnsafeRawBufferPointer) -> [Int64] {
    switch self {
    case .bool: Self.map(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
    case .uint8: Self.map(bytes, UInt8.self) { Int64($0) }
    case .int8: Self.map(bytes, UInt8.self) { Int64(Int8(bitPattern: $0)) }
    case .uint16: Self.map(bytes, UInt16.self) { Int64($0) }
    case .int16: Self.map(bytes, UInt16.self) { Int64(Int16(bitPattern: $0)) }
    case .uint32: Self.map(bytes, UInt32.self) { Int64($0) }
    case .int32: Self.map(bytes, UInt32.self) { Int64(Int32(bitPattern: $0)) }
    case .uint64: Self.map(bytes, UInt64.self) { Int64(clamping: $0) }
    case .int64: Self.map(bytes, UInt64.self) { Int64(bitPattern: $0) }
    case .float, .double, .float16, .bfloat16, .string: []
    }
  }

  private static func each<Bits: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _ type: Bits.Type, _ values: UnsafeMutableBufferPointer<Float>,
    _ convert: (Bits) -> Float
  ) {
    for index in values.indices {
      let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
      values.initializeElement(at: index, to: convert(Bits(littleEndian: bits)))
    }
  }

  private static func map<Bits: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _ type: Bits.Type, _ convert: (Bits) -> Int64
  ) -> [Int64] {
    let size = MemoryLayout<Bits>.size
    return (0..<bytes.count / size).map {
      convert(Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * size, as: Bits.self)))
    }
  }

  /// IEEE 754 binary16.
  static func half(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let (exponent, fraction) = (Int(bits >> 10 & 0x1F), Float(bits & 0x3FF))
    switch exponent {
    case 0: return sign * fraction / 16_777_216
    case 31: return bits & 0x3FF == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}
