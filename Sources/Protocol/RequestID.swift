/// The number by which the parent names one request, `1 ... 2^53-1`; `0` stands for the connection itself.
///
/// The upper bound is the largest integer that survives every JSON reader (IEEE double), so that an id can be written
/// in a log or in text mode without loss. An id may be used again once its terminal frame has arrived.
public struct RequestID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The id as it stands in the frame header.
  public let value: UInt64

  /// Largest id of a request.
  public static let maximum: UInt64 = 9_007_199_254_740_991

  /// The connection itself: `ready`, and the error that ends the connection.
  public static let connection = RequestID(unchecked: 0)

  /// An id a request may carry, or nil when `value` is 0 or larger than ``maximum``.
  public init?(_ value: UInt64) {
    guard value >= 1, value <= RequestID.maximum else { return nil }
    self.value = value
  }

  init(unchecked value: UInt64) { self.value = value }

  /// Whether this is ``connection``.
  public var isConnection: Bool { value == 0 }

  /// Orders ids by their number; says nothing about time.
  public static func < (left: RequestID, right: RequestID) -> Bool { left.value < right.value }

  /// The decimal digits of the id.
  public var description: String { String(value) }
}
