/// How one number of a weight file is stored; all little-endian.
enum ElementType: Sendable, Hashable {
  case float16, bfloat16, float32, float64
  case bool, uint8, int8, int16, int32, int64

  /// Bytes an element takes.
  var size: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .float16, .bfloat16, .int16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }

  /// Whether tensors of this type become float32 tensors; the others are kept as integers.
  var isFloat: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    case .bool, .uint8, .int8, .int16, .int32, .int64: false
    }
  }

  /// The element at byte `offset`, for the float types; an integer type gives its value rounded.
  func float(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Float {
    switch self {
    case .float16: Float(halfBits: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian)
    case .bfloat16:
      Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian) << 16)
    case .float32: Float(bitPattern: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian)
    case .float64:
      Float(Double(bitPattern: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian))
    case .bool, .uint8, .int8, .int16, .int32, .int64: Float(integer(bytes, offset))
    }
  }

  /// The element at byte `offset`, for the integer types; 0 for the others.
  func integer(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int64 {
    switch self {
    case .bool: bytes[offset] == 0 ? 0 : 1
    case .uint8: Int64(bytes[offset])
    case .int8: Int64(Int8(bitPattern: bytes[offset]))
    case .int16: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self).littleEndian)
    case .int32: Int64(bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self).littleEndian)
    case .int64: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self).littleEndian
    case .float16, .bfloat16, .float32, .float64: 0
    }
  }
}

extension Float {
  /// The value of an IEEE 754 binary16 number. Done on the bits, because not every processor converts them.
  init(halfBits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1f
    let fraction = UInt32(bits & 0x3ff)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    case 0x1f: self.init(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
