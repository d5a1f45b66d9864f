import Protocol

/// Why a request that was in flight at a crash is not sent again.
enum Fate: Sendable, Equatable {
  case cancelled
  case expired
  case poisoned
  case unsafe

  /// Crashes after which a request is held to be their cause.
  static let crashesToConvict = 2

  /// nil when the request may be sent again.
  init?(of request: HeldRequest, at now: Duration) {
    if request.isCancelled {
      self = .cancelled
    } else if let deadline = request.deadline, deadline <= now {
      self = .expired
    } else if request.crashes >= Fate.crashesToConvict {
      self = .poisoned
    } else if !ReplayPolicy.allows(request.summary) {
      self = .unsafe
    } else {
      return nil
    }
  }

  /// The answer to a request that a restart does not help.
  var error: WireError { error(reason: "The worker is gone.", retryAfterMs: 0) }

  /// The answer to a request that was in flight when the worker died of `reason`.
  func error(reason: String, retryAfterMs: Int) -> WireError {
    switch self {
    case .cancelled: return WireError(.cancelled, "The request was cancelled.")
    case .expired: return WireError(.deadlineExceeded, "The deadline passed while no worker could serve.")
    case .poisoned:
      return WireError(
        .sessionLost, "The request was in flight at \(Fate.crashesToConvict) crashes and is not sent again; \(reason).",
        retry: .never, details: ["poisoned": .bool(true)])
    case .unsafe:
      return WireError(
        .sessionLost, "The worker died with the request, which may or may not have been carried out; \(reason).",
        retry: .later, retryAfterMs: retryAfterMs, details: ["poisoned": .bool(false)])
    }
  }
}
