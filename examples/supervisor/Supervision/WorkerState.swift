import Protocol

/// What the supervisor knows about the running worker.
struct WorkerState: Sendable {
  /// Counts starts; reports of earlier workers are ignored.
  let number: Int
  /// When it must have said `ready`.
  let startDeadline: Duration

  /// When it said `ready`.
  var servingSince: Duration?
  /// Whether its input has been closed.
  var inputIsClosed = false

  /// How it ended.
  var exit: WorkerEnd?
  /// Whether everything it wrote has been read.
  var outputEnded = false
  /// After the end of its output: when it must have exited.
  var exitBy: Duration?
  /// After its exit: how long to wait for the rest of its output, which a runaway child of it may hold open.
  var drainUntil: Duration?

  /// Why it is being replaced.
  var stopReason: String?
  /// When SIGKILL follows SIGTERM.
  var killAt: Duration?

  /// The ping without an answer yet.
  var ping: RequestID?
  var nextPing: Duration?
  var missedPings = 0

  init(number: Int, startDeadline: Duration) {
    self.number = number
    self.startDeadline = startDeadline
  }

  /// Whether requests may be sent to it.
  var isServing: Bool { servingSince != nil && stopReason == nil && exit == nil && !outputEnded && !inputIsClosed }

  /// Whether nothing more can come from it.
  func isGone(at now: Duration) -> Bool {
    exit != nil && (outputEnded || drainUntil.map { $0 <= now } ?? false)
  }

  /// Its timers.
  var timers: [Duration] {
    let starting = servingSince == nil && stopReason == nil && exit == nil ? startDeadline : nil
    let ending = exit == nil && stopReason == nil ? exitBy : nil
    return [starting, ending, drainUntil, killAt, isServing ? nextPing : nil].compactMap { $0 }
  }
}
