/// Why an ONNX file cannot be read or run.
package struct OnnxError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// The file is damaged or contradicts the format.
    case invalid
    /// The file is sound but asks for something this importer does not have.
    case unsupported
    /// The file asks for more memory or work than is allowed.
    case tooLarge
  }

  package let code: Code
  /// A full sentence; names the node where there is one.
  package let message: String
  /// Operators that are missing, each with the nodes that need it: `"NonMaxSuppression (node nms_1)"`.
  package let missing: [String]

  package init(_ code: Code, _ message: String, missing: [String] = []) {
    self.code = code
    self.message = message
    self.missing = missing
  }

  package var description: String { message }
}
