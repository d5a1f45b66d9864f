/// Why a graph cannot be built, shaped or run.
package struct GraphError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// Input shapes an operation cannot take.
    case badShape
    /// A node refers to a value that nothing produces, or the graph is inconsistent in another way.
    case badGraph
    /// An attribute or a combination this engine does not implement.
    case unsupported
  }

  package let code: Code
  /// A full sentence that names the operation in brackets.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
