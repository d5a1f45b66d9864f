/// Lines of comma-separated values (RFC 4180).
package struct CSVText: Sendable {
  package private(set) var bytes: [UInt8] = []

  /// Begins with the names of the columns.
  package init(_ columns: [String]) { add(columns) }

  /// Adds a line. A field that a spreadsheet would take for a formula gets an apostrophe in front: names come from
  /// folders, which anybody may have named.
  package mutating func add(_ fields: [String]) {
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(0x2C) }
      bytes += Self.escaped(field).utf8
    }
    bytes += [0x0D, 0x0A]
  }

  private static func escaped(_ field: String) -> String {
    var text = field
    if let first = field.utf8.first, [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D].contains(first), Double(field) == nil {
      text = "'" + field
    }
    guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
