/// One dimension of an input or output as the file declares it.
package enum OnnxDimension: Sendable, Hashable {
  case fixed(Int)
  /// Free, with the name the file gives it; empty where it gives none.
  case free(String)
}

/// An input or output of a network as the file declares it.
package struct OnnxValueInfo: Sendable {
  package let name: String
  /// `nil` where the file does not say.
  package let elementType: OnnxElementType?
  /// `nil` where the file does not say.
  package let dimensions: [OnnxDimension]?
}
