/// Why a weight file was refused. Weight files are untrusted input: every fault in one is thrown, none stops the
/// process.
package struct WeightFileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of refusal.
  package enum Code: String, Sendable, CaseIterable {
    /// The file ends before something it announces.
    case truncated
    /// The first bytes are not those of the expected format.
    case badMagic
    /// The parts of the file contradict each other or the format.
    case badStructure
    /// The file may be sound, but uses a part of the format that is not read here.
    case unsupported
    /// A pickle asks for an operation or a class outside the allow-list.
    case forbidden
    /// A stated size exceeds a limit.
    case tooLarge
  }

  /// The kind of refusal.
  package let code: Code
  /// One full sentence for a person.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

/// Text from a file made fit for a message: printable ASCII, at most 80 characters.
func quoted(_ text: String) -> String {
  let kept = text.unicodeScalars.prefix(80).map { (0x20..<0x7f).contains($0.value) ? Character($0) : "?" }
  return "'" + String(kept) + (text.unicodeScalars.count > 80 ? "..." : "") + "'"
}
