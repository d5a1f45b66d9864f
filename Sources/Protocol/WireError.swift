/// Whether sending the same request again can help.
public enum RetryAdvice: String, Codable, Sendable, CaseIterable {
  /// The same request fails again.
  case never
  /// The same request may succeed at once.
  case now
  /// The same request may succeed after `retryAfterMs`.
  case later
}

/// The answer to a request that failed: the object under `error` in an error frame.
public struct WireError: Error, Codable, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong, for programs.
  public var code: ErrorCode
  /// What went wrong, for people: one sentence, may change between versions.
  public var message: String
  /// Whether sending the request again can help.
  public var retry: RetryAdvice
  /// With ``RetryAdvice/later``: a good moment to try again, in milliseconds.
  public var retryAfterMs: Int?
  /// Facts behind the message, for programs; an empty object when there are none.
  public var details: [String: JSONValue]

  /// An error to be sent; `retry` follows from the code unless given.
  public init(
    _ code: ErrorCode, _ message: String, retry: RetryAdvice? = nil, retryAfterMs: Int? = nil,
    details: [String: JSONValue] = [:]
  ) {
    self.code = code
    self.message = message
    self.retry = retry ?? WireError.usualAdvice(for: code)
    self.retryAfterMs = retryAfterMs
    self.details = details
  }

  /// `badParams` with a message that starts with the field's path.
  public static func badParams(_ message: String, details: [String: JSONValue] = [:]) -> WireError {
    WireError(.badParams, message, details: details)
  }

  /// The advice that goes with a code when nothing more is known.
  public static func usualAdvice(for code: ErrorCode) -> RetryAdvice {
    switch code {
    case .busy, .outOfMemory, .storageFailed: return .later
    case .deadlineExceeded, .cancelled, .sessionLost: return .now
    default: return .never
    }
  }

  /// Code and message in one line, for logs.
  public var description: String { "\(code): \(message)" }

  private enum CodingKeys: String, CodingKey {
    case code, message, retry, retryAfterMs, details
  }

  /// Decodes an error; only `code` and `message` must be there, and an advice this library does not know is `never`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    code = try container.decode(ErrorCode.self, forKey: .code)
    message = try container.decode(String.self, forKey: .message)
    let advice = try container.decodeIfPresent(String.self, forKey: .retry)
    retry = advice.flatMap(RetryAdvice.init(rawValue:)) ?? .never
    retryAfterMs = try container.decodeIfPresent(Int.self, forKey: .retryAfterMs)
    details = try container.decodeIfPresent([String: JSONValue].self, forKey: .details) ?? [:]
  }
}

/// The whole JSON of an error frame.
public struct ErrorBody: Codable, Sendable, Equatable {
  /// The error itself.
  public var error: WireError

  /// Wraps an error for its frame.
  public init(error: WireError) { self.error = error }
}
