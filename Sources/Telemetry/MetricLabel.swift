/// A name and a value that tell one sample of a family from the others.
package struct MetricLabel: Sendable, Equatable {
  package let name: String
  package let value: String

  /// A label of its parts; the name must be valid.
  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// Reads `NAME=VALUE`; nil when the name is none that a user may give: letters, digits and underscores, no digit first, no
  /// two underscores first, and none of ``reserved``.
  package init?(_ text: String) {
    let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard halves.count == 2, !halves[0].isEmpty, !halves[0].hasPrefix("__"), !MetricLabel.reserved.contains(halves[0])
    else { return nil }
    for (place, byte) in halves[0].utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
      case UInt8(ascii: "0")...UInt8(ascii: "9") where place > 0: break
      default: return nil
      }
    }
    self.init(halves[0], halves[1])
  }

  /// Names that samples have themselves.
  package static let reserved: Set<String> = [
    "class", "end", "instruction_set", "le", "method", "model", "outcome", "precision", "reason", "role",
    "state", "version",
  ]
}
