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
  /// The operator wants every worker replaced, one after the other, by one that runs the command with this number.
  case replaceAll(version: Int)
  /// A worker could not be started; trying again is no use when `permanent`.
  case spawnFailed(Int, String, permanent: Bool)
  /// The worker with this number did something.
  case worker(Int, WorkerReport)
  /// The worker with this number holds so many bytes in memory.
  case resident(Int, bytes: Int)
  /// A timer may be due.
  case tick
}

/// Something that a worker did.
enum WorkerReport: Sendable {
  /// It sent a frame, of which these facts matter.
  case frame(Frame, FrameFacts)
  /// Its output ended, in the middle of a frame or with bytes that are not one when there is an error.
  case outputEnded(FrameError?)
  /// It ended, and has been reaped.
  case exited(WorkerEnd)
}

/// Something to be done, as decided by ``SupervisorState``.
enum Effect: Sendable, Equatable {
  /// Hand a frame to the host.
  case deliver(Frame)
  /// Start worker number n with a command.
  case spawn(Int, version: Int)
  /// Send a frame to a worker.
  case send(Int, Frame)
  /// End a worker's input after what was sent.
  case closeInput(Int)
  /// Signal a worker's process group.
  case signal(Int, Int32)
  /// Say how much memory a worker holds.
  case measure(Int)
  /// Nothing more will be asked of a worker; it is gone.
  case forget(Int)
  /// Write the metrics down.
  case writeMetrics
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

  /// As a label of the metrics.
  var label: String {
    switch self {
    case .code(let code): return "exit_\(code)"
    case .signal(let signal): return "signal_\(signal)"
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
