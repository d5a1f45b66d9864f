/// Why picture bytes could not become an `Image`, or an `Image` bytes.
package struct ImageError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure; what a caller can act on.
  package enum Code: String, Equatable, Sendable, CaseIterable {
    /// The bytes are no picture, or a damaged or truncated one.
    case undecodable
    /// More pixels, a longer side or more decoding work than the limits allow.
    case tooLarge
    /// A picture format, or a variant of JPEG, that is not decoded.
    case unsupported
    /// Width, height, stride and byte count of raw pixels contradict one another.
    case badGeometry
    /// The system has no memory left for the picture.
    case outOfMemory
    /// A picture could not be written as JPEG or PNG.
    case encodingFailed
  }

  package let code: Code
  /// A full sentence for people; it may change between versions.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { "\(code.rawValue): \(message)" }
}
