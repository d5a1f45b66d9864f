internal import Networks
internal import Tensors

/// Arithmetic on constants of whole numbers: what exporters leave of shapes. Exact; what overflows is an error.
enum IntegerFolding {
  enum Operator: Sendable {
    case add, subtract, multiply, power, minimum, maximum
    /// Loses the fraction, as C does.
    case divide
    /// The remainder with the sign of the dividend (C's `%`) or of the divisor (Python's).
    case modulo(signOfDividend: Bool)
    case equal, greater, greaterOrEqual, less, lessOrEqual, and, or, xor

    /// `nil` when the result does not exist or does not fit 64 bits.
    func callAsFunction(_ a: Int64, _ b: Int64) -> Int64? {
      switch self {
      case .add: return Self.checked(a.addingReportingOverflow(b))
      case .subtract: return Self.checked(a.subtractingReportingOverflow(b))
      case .multiply: return Self.checked(a.multipliedReportingOverflow(by: b))
      case .divide: return Self.checked(a.dividedReportingOverflow(by: b))
      case .modulo(let signOfDividend):
        guard let remainder = Self.checked(a.remainderReportingOverflow(dividingBy: b)) else { return nil }
        return signOfDividend || remainder == 0 || (remainder < 0) == (b < 0) ? remainder : remainder + b
      case .power: return Self.power(a, b)
      case .minimum: return min(a, b)
      case .maximum: return max(a, b)
      case .equal: return a == b ? 1 : 0
      case .greater: return a > b ? 1 : 0
      case .greaterOrEqual: return a >= b ? 1 : 0
      case .less: return a < b ? 1 : 0
      case .lessOrEqual: return a <= b ? 1 : 0
      case .and: return a != 0 && b != 0 ? 1 : 0
      case .or: return a != 0 || b != 0 ? 1 : 0
      case .xor: return (a != 0) != (b != 0) ? 1 : 0
      }
    }

    private static func checked(_ result: (partialValue: Int64, overflow: Bool)) -> Int64? {
      result.overflow ? nil : result.partialValue
    }

    private static func power(_ base: Int64, _ exponent: Int64) -> Int64? {
      if base == 1 { return 1 }
      if base == -1 { return exponent & 1 == 0 ? 1 : -1 }
      guard exponent >= 0 else { return base == 0 ? nil : 0 }
      if base == 0 { return exponent == 0 ? 1 : 0 }
      guard exponent < 64 else { return nil }
      var result: Int64 = 1
      for _ in 0..<exponent {
        guard let next = checked(result.multipliedReportingOverflow(by: base)) else { return nil }
        result = next
      }
      return result
    }
  }

  /// Whether a value of this type can hold the number.
  static func fits(_ value: Int64, _ type: OnnxElementType) -> Bool {
    switch type {
    case .bool: value == 0 || value == 1
    case .uint8: UInt8(exactly: value) != nil
    case .int8: Int8(exactly: value) != nil
    case .uint16: UInt16(exactly: value) != nil
    case .int16: Int16(exactly: value) != nil
    case .uint32: UInt32(exactly: value) != nil
    case .int32: Int32(exactly: value) != nil
    default: true
    }
  }
}

extension NodeImport {
  /// The inputs if all of them are constants of whole numbers.
  func integerConstants(_ indices: Range<Int>) -> [OnnxTensor]? {
    var constants: [OnnxTensor] = []
    for index in indices {
      guard let tensor = constantIfKnown(index), tensor.elementType.isInteger else { return nil }
      constants.append(tensor)
    }
    return constants.isEmpty ? nil : constants
  }

  /// Applies an operator with broadcasting; `type` is that of the result.
  func fold(
    _ function: IntegerFolding.Operator, _ a: OnnxTensor, _ b: OnnxTensor, type: OnnxElementType
  ) throws(OnnxError) -> OnnxTensor {
    let shape = try foldedShape([a.shape, b.shape])
    let walk = Broadcasting([a.shape, b.shape], to: shape)
    let (left, right) = (try a.integers(), try b.integers())
    var failed = false
    var results = [Int64](repeating: 0, count: shape.count)
    results.withUnsafeMutableBufferPointer { results in
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          walk.map(left, right, into: results) { a, b in
            guard let value = function(a, b), IntegerFolding.fits(value, type) else {
              failed = true
              return 0
            }
            return value
          }
        }
      }
    }
    if failed { throw invalid("its whole numbers divide by zero or do not fit \(type)") }
    return OnnxTensor(results, shape: shape, elementType: type)
  }

  /// Takes each whole number from `a` where `condition` is not 0, else from `b`.
  func foldedChoice(_ condition: OnnxTensor, _ a: OnnxTensor, _ b: OnnxTensor) throws(OnnxError) -> OnnxTensor {
    let shapes = [condition.shape, a.shape, b.shape]
    let shape = try foldedShape(shapes)
    let walk = Broadcasting(shapes, to: shape)
    let (which, left, right) = (try condition.integers(), try a.integers(), try b.integers())
    var results = [Int64](repeating: 0, count: shape.count)
    results.withUnsafeMutableBufferPointer { results in
      which.withUnsafeBufferPointer { which in
        left.withUnsafeBufferPointer { left in
          right.withUnsafeBufferPointer { right in walk.map(which, left, right, into: results) { $0 != 0 ? $1 : $2 } }
        }
      }
    }
    return OnnxTensor(results, shape: shape, elementType: a.elementType)
  }

  /// Applies an operator along axes that the result keeps as 1; `start` is the result of no values.
  func foldedReduction(
    _ function: IntegerFolding.Operator, _ tensor: OnnxTensor, axes: [Int], start: Int64
  ) throws(OnnxError) -> OnnxTensor {
    let kept = Shape((0..<tensor.shape.rank).map { axes.contains($0) ? 1 : tensor.shape[$0] })
    let walk = Broadcasting([kept], to: tensor.shape)
    let values = try tensor.integers()
    var failed = false
    var results = [Int64](repeating: start, count: try foldedShape([kept]).count)
    results.withUnsafeMutableBufferPointer { results in
      values.withUnsafeBufferPointer { values in
        walk.gather(values, into: results) { sum, value in
          guard let next = function(sum, value) else {
            failed = true
            return 0
          }
          return next
        }
      }
    }
    if failed { throw invalid("its whole numbers do not fit 64 bits") }
    return OnnxTensor(results, shape: kept, elementType: tensor.elementType)
  }

  /// The broadcast shape of constants, once the memory for the result is granted.
  private func foldedShape(_ shapes: [Shape]) throws(OnnxError) -> Shape {
    guard let shape = Broadcasting.shape(shapes) else {
      throw invalid("\(shapes.map(\.description).joined(separator: " and ")) do not broadcast together")
    }
    try state.reserve([shape], elementSize: 2, node.name)
    return shape
  }
}
