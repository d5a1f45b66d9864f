import Protocol

/// Every decision of the supervisor, and nothing else: told what happened and when, it says what to do.
///
/// It reads no clock, starts no process and blocks on nothing, so that crash loops, hangs and lost hosts are tested
/// as tables. Times are durations since the supervisor's start.
struct SupervisorState: Sendable {
  let options: SupervisorOptions
  var ledger = RequestLedger()
  /// The workers that run, by number; those that were replaced stay here until they are gone.
  var workers: [Int: WorkerState] = [:]
  var slots: [Slot]
  var effects: [Effect] = []

  /// Workers started so far.
  var starts = 0
  /// The command that workers are started with.
  var version = 0
  var budget: RestartBudget
  var generator: SeededGenerator
  var quarantine = Quarantine()
  var metrics = SupervisorMetrics()
  var nextMetrics: Duration?

  /// The worker that is kept free for one suspect after the other.
  var isolation: Isolation?
  /// Which worker has which open stream, and which job.
  var streams: [String: Int] = [:]
  var jobs: [String: Int] = [:]

  /// Whether the host has been told `ready`.
  var hostIsReady = false
  /// A `shutdown` that waits for everything before it, in a pool.
  var shutdown: RequestID?
  /// Set once the host sends nothing more: by when everything must be answered.
  var drainBy: Duration?
  /// Whether a worker was asked to end by the host itself.
  var shutdownWasAnswered = false
  /// The first worker's status that was not 0 after the end of input.
  var drainStatus: Int32 = 0
  /// Set once the end is decided; the exit follows when the workers are gone.
  var exitStatus: Int32?
  var hasExited = false

  init(options: SupervisorOptions, seed: UInt64) {
    self.options = options
    slots = Array(repeating: Slot(backoff: options.backoff), count: max(1, options.workers))
    budget = RestartBudget(maximum: options.maxRestarts, window: options.window)
    generator = SeededGenerator(seed: seed)
    nextMetrics = options.metricsFile == nil ? nil : .zero
  }

  /// Takes in what happened at `now` and returns what to do about it, in order.
  ///
  /// - Parameter hostIsStalled: whether answers pile up because the host does not read. The worker's pongs are then
  ///   stuck behind them, which is not the worker's fault.
  mutating func handle(_ input: Input, at now: Duration, hostIsStalled: Bool = false) -> [Effect] {
    guard !hasExited else { return [] }
    switch input {
    case .request(let frame, let summary): receive(frame, summary, at: now)
    case .cancel(let id): cancel(id)
    case .hostFinished: finishHost(at: now)
    case .hostBroken(let error): breakHost(error)
    case .replaceAll(let version): replaceAll(version)
    case .spawnFailed(let number, let reason, let permanent):
      spawnFailed(number, reason, permanent: permanent, at: now)
    case .worker(let number, let report):
      if workers[number] != nil { receive(report, from: number, at: now) }
    case .resident(let number, let bytes): measured(number, bytes: bytes)
    case .tick: break
    }
    runTimers(at: now, hostIsStalled: hostIsStalled)
    defer { effects = [] }
    return effects
  }

  /// When `tick` is due at the latest.
  var nextTick: Duration? {
    let starts = exitStatus == nil ? slots.filter { $0.current == nil }.compactMap(\.startAt) : []
    let drained = exitStatus == nil ? drainBy : nil
    let isolated = ledger.hasWaiting ? isolation?.until : nil
    return
      (starts + [drained, isolated, ledger.nextDeadline, nextMetrics].compactMap { $0 }
      + workers.values.flatMap(\.timers)).min()
  }

  // MARK: The host

  private mutating func receive(_ frame: Frame, _ summary: RequestSummary, at now: Duration) {
    metrics.requests += 1
    if let length = frame.skippedJSON {
      answer(frame.id, WireError.oversizedJSON(length, limit: Limits.standard.maxJSON))
    } else if ledger.contains(frame.id) {
      breakHost(FrameError(.duplicateID, "Id \(frame.id) was used again before its request was answered."))
    } else if drainBy != nil || exitStatus != nil || shutdown != nil {
      answer(frame.id, WireError(.sessionLost, "The supervisor is stopping.", retry: .never))
    } else if ledger.count >= options.maxPending
      || ledger.bytes > options.maxPendingBytes - frame.json.count - frame.attachments.count
    {
      let wait = workers.values.contains(where: \.isAvailable) ? 50 : 500
      answer(frame.id, WireError(.busy, "The supervisor holds \(ledger.count) requests.", retryAfterMs: wait))
    } else if quarantine.contains(frame) {
      answer(
        frame.id,
        WireError(
          .sessionLost, "What this request carries was in flight at \(Fate.crashesToConvict) crashes; it is refused.",
          retry: .never, details: ["poisoned": .bool(true), "quarantined": .bool(true)]))
    } else {
      ledger.hold(frame, summary, at: now)
      if summary.method == "shutdown" && slots.count > 1 { shutdown = frame.id }
    }
  }

  private mutating func cancel(_ id: RequestID) {
    guard ledger.contains(id) else { return }
    if let worker = ledger.cancel(id) {
      effects.append(.send(worker, SupervisorFrames.cancel(id)))
    } else {
      ledger.release(id)
      if shutdown == id { shutdown = nil }
      answer(id, Fate.cancelled.error)
    }
  }

  private mutating func finishHost(at now: Duration) {
    if drainBy == nil { drainBy = now + options.drainLimit }
  }

  private mutating func breakHost(_ error: FrameError) {
    log(.error, "the host broke the protocol: \(error.message)")
    end(65, error.wireError)
  }

  // MARK: Ends

  /// Decides the end: answers whatever is still held, tells the host when something went wrong, stops the workers.
  mutating func end(_ status: Int32, _ error: WireError? = nil) {
    guard exitStatus == nil else { return }
    exitStatus = status
    let lost = WireError(.sessionLost, error?.message ?? "The supervisor is stopping.", retry: .never)
    for id in ledger.releaseAll() { answer(id, lost) }
    if let error { effects.append(.deliver(SupervisorFrames.error(.connection, error))) }
    for number in workers.keys.sorted() { effects.append(.signal(number, 9)) }
  }

  mutating func answer(_ id: RequestID, _ error: WireError) {
    metrics.answers[error.code.rawValue, default: 0] += 1
    effects.append(.deliver(SupervisorFrames.error(id, error)))
  }

  mutating func log(_ level: LogLevel, _ message: String) {
    effects.append(.log(level, message))
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough to spread restarts, and the same sequence for the same seed.
struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
