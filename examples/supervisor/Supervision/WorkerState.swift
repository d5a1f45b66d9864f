import Protocol

/// What the supervisor knows about one worker that runs.
struct WorkerState: Sendable {
  /// Counts starts, over all slots; reports of earlier workers are ignored.
  let number: Int
  /// Its place in the pool.
  let slot: Int
  /// Which of the commands it runs.
  let version: Int
  /// When it must have said `ready`.
  let startDeadline: Duration

  /// When it said `ready`.
  var servingSince: Duration?
  /// Whether its input has been closed.
  var inputIsClosed = false
  /// Set once its successor serves: by when its streams and requests must be done. It gets nothing new.
  var retireBy: Duration?

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

  /// Requests it was sent.
  var sent = 0
  /// Requests after which it is replaced; nil for never.
  var recycleAfter: Int?
  /// Its resident memory when last looked at, in bytes.
  var resident = 0

  init(number: Int, slot: Int, version: Int, startDeadline: Duration) {
    self.number = number
    self.slot = slot
    self.version = version
    self.startDeadline = startDeadline
  }

  /// Whether it reads requests; a retiring worker still does, those of its streams.
  var isServing: Bool { servingSince != nil && stopReason == nil && exit == nil && !outputEnded && !inputIsClosed }

  /// Whether it gets new requests.
  var isAvailable: Bool { isServing && retireBy == nil }

  /// Whether nothing more can come from it.
  func isGone(at now: Duration) -> Bool {
    exit != nil && (outputEnded || drainUntil.map { $0 <= now } ?? false)
  }

  /// Its timers.
  var timers: [Duration] {
    let starting = servingSince == nil && stopReason == nil && exit == nil ? startDeadline : nil
    let ending = exit == nil && stopReason == nil ? exitBy : nil
    let retiring = exit == nil && stopReason == nil && !inputIsClosed ? retireBy : nil
    return [starting, ending, retiring, drainUntil, killAt, isServing ? nextPing : nil].compactMap { $0 }
  }
}
