package import Protocol

/// An error of a domain library that knows how it is told to the parent.
package protocol WireErrorConvertible: Error {
  /// The error as it is sent.
  var wireError: WireError { get }
}

/// The one place where errors become wire errors.
package enum ErrorMapping {
  /// The answer for any error a handler throws. What nobody mapped is a defect: `internal`, with the error's type but
  /// not its text, which may quote private data.
  package static func wireError(for error: any Error) -> WireError {
    switch error {
    case let error as WireError: error
    case let error as any WireErrorConvertible: error.wireError
    default:
      WireError(.internal, "The worker failed with an unexpected \(type(of: error)).", retry: .never)
    }
  }
}
