import Glibc

/// A system call on a descriptor failed.
package struct StreamError: Error, CustomStringConvertible {
  /// The call.
  package let call: String
  /// `errno` after it.
  package let code: Int32

  init(_ call: String, _ code: Int32) {
    self.call = call
    self.code = code
  }

  /// The call and the system's words for the error.
  package var description: String { "\(call): \(StreamError.text(code))" }

  /// The system's words for an error number.
  static func text(_ code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }
}
