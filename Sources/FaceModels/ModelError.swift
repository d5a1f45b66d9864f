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
  /// The member of the manifest at fault, as in `input.mean`, where it is known.
  package var field: String?
  /// Operators of an ONNX file that are missing, each with the nodes that need it.
  package var missing: [String] = []

  package init(_ code: Code, _ message: String, field: String? = nil, missing: [String] = []) {
    self.code = code
    self.message = message
    self.field = field
    self.missing = missing
  }

  package var description: String { message }
}
