/// Why a model cannot be used.
package struct ModelError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// No such model, or its files are not there.
    case notFound
    /// The files are damaged, do not match their manifest or do not hold this architecture.
    case invalid
  }

  package let code: Code
  /// A full sentence.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
