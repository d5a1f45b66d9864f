import CImageCodecs

/// One call into the C codecs: runs it, and turns a status and its sentence into an `ImageError`.
enum CodecCall {
  /// Runs `body` with room for the codec's message.
  static func run(_ body: (UnsafeMutablePointer<fic_message>) -> fic_status) -> (status: fic_status, message: String) {
    var message = fic_message()
    let status = body(&message)
    let text = withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return (status, text)
  }

  /// What a failed decoding of a `format` picture means to the caller; `nil` for success.
  static func decodingError(_ status: fic_status, _ message: String, _ format: ImageFormat) -> ImageError? {
    let detail = message.isEmpty ? "" : " (\(message))"
    switch status {
    case .ok:
      return nil
    case .damaged:
      return ImageError(.undecodable, "The \(format.name) data is damaged\(detail).")
    case .truncated:
      return ImageError(.undecodable, "The \(format.name) data ends early\(detail).")
    case .unsupported:
      return ImageError(.unsupported, "This kind of \(format.name) is not supported\(detail).")
    case .tooLarge:
      return ImageError(.tooLarge, "Decoding this \(format.name) would take too much memory or work\(detail).")
    case .outOfMemory, .bufferFull:
      return ImageError(.outOfMemory, "There is no memory left to decode this \(format.name)\(detail).")
    }
  }

  /// What a failed encoding means to the caller; `nil` for success.
  static func encodingError(_ status: fic_status, _ message: String, _ format: ImageFormat) -> ImageError? {
    switch status {
    case .ok:
      return nil
    case .outOfMemory:
      return ImageError(.outOfMemory, "There is no memory left to write a \(format.name).")
    case .damaged, .truncated, .unsupported, .tooLarge, .bufferFull:
      return ImageError(.encodingFailed, "The picture could not be written as \(format.name) (\(message)).")
    }
  }
}
