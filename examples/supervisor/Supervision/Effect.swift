import Protocol

/// Something that happened, as told to ``SupervisorState``.
enum Input: Sendable {
  /// The host sent a request.
  case request(Frame, RequestSummary)
  /// The host wants this request cancelled.
  case cancel(RequestID)
  /// The host will send nothing more.
  case hostFinished
  /// The host sent bytes that are not a frame.
  case hostBroken(FrameError)
  /// A worker could not be started; trying again is no use when `permanent`.
  case spawnFailed(String, permanent: Bool)
  /// The worker with this number did something.
  case worker(Int, WorkerReport)
  /// A timer may be due.
  case tick
}

/// Something that a worker did.
enum WorkerReport: Sendable {
  /// It sent a frame; `image` is the index of an `image` event.
  case frame(Frame, image: Int?)
  /// Its output ended, in the middle of a frame or with bytes that are not one when there is an error.
  case outputEnded(FrameError?)
  /// It ended, and has been reaped.
  case exited(WorkerEnd)
}

/// Something to be done, as decided by ``SupervisorState``.
enum Effect: Sendable, Equatable {
  /// Hand a frame to the host.
  case deliver(Frame)
  /// Start worker number n.
  case spawn(Int)
  /// Send a frame to the worker.
  case send(Frame)
  /// End the worker's input after what was sent.
  case closeInput
  /// Signal the worker's process group.
  case signal(Int32)
  /// Tell the operator.
  case log(LogLevel, String)
  /// The supervisor is done.
  case exit(Int32)
}

/// How much an operator should care.
enum LogLevel: String, Sendable {
  case info, warning, error
}

/// How a process ended.
enum WorkerEnd: Sendable, Equatable, CustomStringConvertible {
  case code(Int32)
  case signal(Int32)

  /// As a shell would report it.
  var shellStatus: Int32 {
    switch self {
    case .code(let code): return code
    case .signal(let signal): return 128 + signal
    }
  }

  var description: String {
    switch self {
    case .code(let code): return "status \(code)"
    case .signal(9): return "signal 9 (killed: by somebody, or for lack of memory)"
    case .signal(let signal): return "signal \(signal)"
    }
  }
}
