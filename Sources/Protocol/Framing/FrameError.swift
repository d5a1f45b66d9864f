/// The bytes on the pipe are not a frame; nothing after them can be trusted.
public struct FrameError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Which rule of the header was broken.
  public enum Reason: String, Sendable, CaseIterable {
    /// `N` is outside `16 ... maxFrame`.
    case length
    /// The byte after the length is not 0xFA.
    case magic
    /// The version is not 1.
    case version
    /// The kind is unknown, or belongs to the other direction.
    case kind
    /// A flag is set.
    case flags
    /// The id is 0 or larger than 2^53-1 on a frame that needs one.
    case id
    /// The JSON is longer than the frame.
    case jsonLength
    /// The pipe ended in the middle of a frame.
    case truncated
    /// An id was used for a second request before the first was answered.
    case duplicateID
  }

  /// Which rule was broken.
  public var reason: Reason
  /// One sentence for people.
  public var message: String
  /// Up to 32 bytes from the start of the offending frame.
  public var firstBytes: [UInt8]

  /// An error of its parts.
  public init(_ reason: Reason, _ message: String, firstBytes: [UInt8] = []) {
    self.reason = reason
    self.message = message
    self.firstBytes = Array(firstBytes.prefix(FrameError.quoted))
  }

  /// How many bytes are quoted at most.
  public static let quoted = 32

  /// ``firstBytes`` in hexadecimal, two digits a byte, separated by spaces.
  public var hexadecimal: String {
    let digits = Array("0123456789ABCDEF")
    return firstBytes.map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined(separator: " ")
  }

  /// ``firstBytes`` as text, everything that is not printable ASCII as a dot.
  public var printable: String {
    String(decoding: firstBytes.map { (0x20...0x7E).contains($0) ? $0 : 0x2E }, as: UTF8.self)
  }

  /// The error as it is sent under id 0.
  public var wireError: WireError {
    var details: [String: JSONValue] = ["reason": .string(reason.rawValue)]
    if !firstBytes.isEmpty {
      details["firstBytes"] = .string(hexadecimal)
      details["text"] = .string(printable)
    }
    let quote = firstBytes.isEmpty ? "" : " First bytes: \(hexadecimal) \"\(printable)\"."
    return WireError(.badFrame, message + quote, details: details)
  }

  /// The message, with the bytes quoted.
  public var description: String { wireError.message }
}
