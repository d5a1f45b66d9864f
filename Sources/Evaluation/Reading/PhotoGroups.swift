/// To which group photos belong: `path,group` lines, of which the path may be a folder's.
package struct PhotoGroups: Sendable {
  private var groups: [String: String] = [:]

  /// Reads the lines; a header `path,group` is skipped.
  ///
  /// - Throws: ``PairsFile/Problem`` for a line of another form, and for more than `limit` groups.
  package init(_ bytes: [UInt8], limit: Int) throws(PairsFile.Problem) {
    var names: Set<String> = []
    var number = 0
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0A }) {
      number += 1
      let fields = PairsFile.fields(line)
      guard let first = fields.first, !first.hasPrefix("#") else { continue }
      guard fields.count == 2 else {
        throw PairsFile.Problem(message: "Line \(number) of the list of groups is not \"path,group\".")
      }
      if number == 1, first.lowercased() == "path" { continue }
      names.insert(fields[1])
      guard names.count <= limit else { throw PairsFile.Problem(message: "There are more than \(limit) groups.") }
      groups[first] = fields[1]
    }
  }

  /// The group of a photo: that of its path, with an ending or without, or of a folder above it.
  package func group(of path: String) -> String? {
    for ending in ["", ".jpg", ".jpeg", ".png"] {
      if let group = groups[path + ending] { return group }
    }
    var rest = path[...]
    while let slash = rest.lastIndex(of: "/") {
      rest = rest[..<slash]
      if let group = groups[String(rest)] ?? groups[rest + "/"] { return group }
    }
    return nil
  }
}
