import FoundationEssentials
import Testing

/// A document of the repository, PROTOCOL.md unless told otherwise, cut into what tests look at.
struct ProtocolDocument: Sendable {
  /// A fenced block: ```` ```json request detect ````.
  struct Block: Sendable, CustomTestStringConvertible {
    /// First word after the fence: `json`, `hex`, `lines`.
    var language: String
    /// The other words.
    var words: [String]
    var text: String
    var line: Int
    var document: String
    var testDescription: String { "\(document):\(line) \(([language] + words).joined(separator: " "))" }
  }

  let name: String
  let lines: [String]

  static let shared = ProtocolDocument()

  init(_ name: String = "PROTOCOL.md") {
    self.name = name
    var folder = URL(filePath: #filePath)
    var text = ""
    for _ in 0..<4 {
      folder.deleteLastPathComponent()
      if let data = try? Data(contentsOf: folder.appending(path: name)) {
        text = String(decoding: data, as: UTF8.self)
        break
      }
    }
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// All fenced blocks, in order.
  var blocks: [Block] {
    var blocks: [Block] = []
    var open: Block?
    for (index, line) in lines.enumerated() {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append(block)
          open = nil
        } else {
          let words = line.dropFirst(3).split(separator: " ").map(String.init)
          open = Block(
            language: words.first ?? "", words: Array(words.dropFirst()), text: "", line: index + 1, document: name)
        }
      } else {
        open?.text += line + "\n"
      }
    }
    return blocks
  }

  /// The lines under a heading, up to the next heading of the same or a higher level.
  func section(_ heading: String) -> [String]? {
    guard let start = lines.firstIndex(of: heading) else { return nil }
    let level = heading.prefix { $0 == "#" }.count
    let rest = lines[(start + 1)...]
    let end = rest.firstIndex { line in
      let count = line.prefix { $0 == "#" }.count
      return count > 0 && count <= level
    }
    return Array(rest[..<(end ?? rest.endIndex)])
  }
}
