/// A value that does not fit the field it was sent in.
struct JSONProblem: Error {
  /// Where: `params.topK`, `attachments[0].length`; empty for the whole object.
  let path: String
  /// What is wrong, to follow the path: `must be an integer, found a string`.
  let complaint: String

  init(_ path: [any CodingKey], _ complaint: String) {
    self.path = path.reduce(into: "") { text, key in
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
      }
    }
    self.complaint = complaint
  }

  /// The problem as an answer to the request. The path is cut: it may hold a name the parent made up.
  var wireError: WireError {
    let shown = path.isEmpty ? "The request" : String(path.prefix(200))
    return .badParams("\(shown) \(complaint).", details: path.isEmpty ? [:] : ["field": .string(shown)])
  }
}

/// A field that takes one of a few words; the error names them all.
protocol WireChoice: RawRepresentable<String>, CaseIterable, Codable, Sendable {}

extension WireChoice {
  /// Decodes one of the words.
  public init(from decoder: any Decoder) throws {
    let word = try decoder.singleValueContainer().decode(String.self)
    guard let choice = Self(rawValue: word) else {
      let words = Self.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
      throw JSONProblem(decoder.codingPath, "must be one of \(words)")
    }
    self = choice
  }
}
