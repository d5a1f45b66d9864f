internal import Tensors

extension OnnxElementType {
  /// Bits of a type of whole numbers, zero for truth values; `nil` for all others.
  var integerWidth: (bits: Int, isSigned: Bool)? {
    switch self {
    case .bool: (0, false)
    case .uint8: (8, false)
    case .int8: (8, true)
    case .uint16: (16, false)
    case .int16: (16, true)
    case .uint32: (32, false)
    case .int32: (32, true)
    case .uint64: (64, false)
    case .int64: (64, true)
    case .float, .string, .float16, .double, .bfloat16: nil
    }
  }

  /// Whether every value of a type of whole numbers is one of this type too.
  func holds(_ other: OnnxElementType) -> Bool {
    guard let own = integerWidth, let from = other.integerWidth else { return false }
    if from.bits == 0 { return true }
    if own.isSigned == from.isSigned { return own.bits >= from.bits }
    return own.isSigned && own.bits > from.bits
  }

  /// A whole number as this type keeps it: wrapped around to its bits.
  func wrapped(_ value: Int64) -> Int64 {
    switch self {
    case .bool: value == 0 ? 0 : 1
    case .uint8: Int64(UInt8(truncatingIfNeeded: value))
    case .int8: Int64(Int8(truncatingIfNeeded: value))
    case .uint16: Int64(UInt16(truncatingIfNeeded: value))
    case .int16: Int64(Int16(truncatingIfNeeded: value))
    case .uint32: Int64(UInt32(truncatingIfNeeded: value))
    case .int32: Int64(Int32(truncatingIfNeeded: value))
    case .int64, .uint64, .float, .string, .float16, .double, .bfloat16: value
    }
  }
}

extension OnnxTensor {
  /// The values as another numeric type: whole numbers wrap around, floats are cut off toward zero (NaN gives zero, what
  /// no 64-bit number holds the nearest one).
  func cast(to type: OnnxElementType) throws(OnnxError) -> OnnxTensor {
    guard type.isInteger else { return OnnxTensor(try floats(), elementType: type) }
    if elementType.isInteger {
      return OnnxTensor(try integers().map { type.wrapped($0) }, shape: shape, elementType: type)
    }
    let values = try floats().values.map { value -> Int64 in
      if type == .bool { return value == 0 ? 0 : 1 }
      if value.isNaN { return 0 }
      return type.wrapped(Int64(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max))
    }
    return OnnxTensor(values, shape: shape, elementType: type)
  }
}
