/// Range checks of parameters whose type is already right.
enum Check {
  static func range(_ value: Int?, _ allowed: ClosedRange<Int>, _ field: String) throws(WireError) {
    guard let value, !allowed.contains(value) else { return }
    throw fail(field, "must be \(allowed.lowerBound) to \(allowed.upperBound), found \(value)")
  }

  static func range(_ value: Float?, _ allowed: ClosedRange<Float>, _ field: String) throws(WireError) {
    guard let value, !allowed.contains(value) else { return }
    throw fail(field, "must be \(allowed.lowerBound) to \(allowed.upperBound), found \(value)")
  }

  static func range(_ value: Double?, _ allowed: ClosedRange<Double>, _ field: String) throws(WireError) {
    guard let value, !allowed.contains(value) else { return }
    throw fail(field, "must be \(allowed.lowerBound) to \(allowed.upperBound), found \(value)")
  }

  /// A list of short words.
  static func texts(_ values: [String]?, atMost count: Int, _ field: String) throws(WireError) {
    guard let values else { return }
    guard values.count <= count else { throw fail(field, "must have at most \(count) entries, found \(values.count)") }
    for (index, value) in values.enumerated() { try text(value, 1...256, "\(field)[\(index)]") }
  }

  /// Text of a number of UTF-8 bytes, without control characters.
  static func text(_ value: String?, _ bytes: ClosedRange<Int>, _ field: String) throws(WireError) {
    guard let value else { return }
    let count = value.utf8.count
    guard bytes.contains(count) else {
      throw fail(field, "must have \(bytes.lowerBound) to \(bytes.upperBound) bytes, found \(count)")
    }
    guard value.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw fail(field, "must not contain control characters")
    }
  }

  /// A subject's id.
  static func subject(_ value: String?, _ field: String) throws(WireError) { try text(value, 1...256, field) }

  /// A subject's name.
  static func name(_ value: String?, _ field: String) throws(WireError) { try text(value, 1...256, field) }

  static func metadata(_ value: JSONValue?, _ field: String) throws(WireError) {
    guard let value else { return }
    guard case .object = value else { throw fail(field, "must be an object, found \(value.kindDescription)") }
    let size = (try? WireJSON.encode(value).count) ?? Int.max
    guard size <= 16_384 else { throw fail(field, "must have at most 16384 bytes of JSON, found \(size)") }
  }

  private static func fail(_ field: String, _ complaint: String) -> WireError {
    .badParams("\(field) \(complaint).", details: ["field": .string(field)])
  }
}
