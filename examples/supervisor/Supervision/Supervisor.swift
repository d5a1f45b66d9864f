import Dispatch
import Glibc
public import Protocol
import Synchronization
internal import Telemetry

/// Keeps workers alive, one or a pool on one gallery, and every promise made to the host with it: each request gets exactly one answer, whatever
/// happens to a worker.
///
///     let supervisor = Supervisor(command: ["face-worker", "--data", "gallery"]) { frame in ...; return true }
///     supervisor.start()
///     supervisor.send(Frame(kind: .request, id: id, json: #"{"method":"status"}"#))
///     supervisor.finish()                       // no more requests
///     let status = supervisor.waitUntilExit()   // everything is answered
///
/// The host sends request and cancel frames and gets the worker's frames: `ready` once, then events, results and errors
/// under its own ids. After a restart comes an event with id 0, `{"event":"restarted","reason":...,"restarts":n,
/// "replayed":n,"ready":{...}}`. What was in flight when a worker died is sent again when that is safe (reads, and
/// writes with a `key`), without repeating `image` events that were already delivered, and is otherwise answered
/// `sessionLost`. If restarting does not help, the last frame is an error with id 0.
///
/// May be used from any thread. Ignores SIGPIPE in the whole process.
public final class Supervisor: Sendable {
  /// What workers were and are started with; the last one counts.
  private let commands: Mutex<[[String]]>
  private let options: SupervisorOptions
  private let log: @Sendable ([UInt8]) -> Void
  private let deliver: @Sendable (Frame) -> Bool

  private let mailbox = Mailbox<Input>()
  private let outbox = Outbox(limit: Limits.standard.maxOutgoingBytes)
  private let hostIsGone = Atomic(false)
  private let exitStatus = Mutex<Int32?>(nil)
  private let exited = DispatchSemaphore(value: 0)

  /// A supervisor that is not started yet.
  ///
  /// - Parameters:
  ///   - command: a worker and its options; looked for on `PATH` when it has no slash.
  ///   - options: patience and limits.
  ///   - log: called with each line, newline included, of the worker's log and of the supervisor's own.
  ///   - deliver: called with each frame for the host, in order, on one thread. While it blocks, the worker waits too.
  ///     Returns false when the host is gone; that is then as good as ``finish()``, and what follows is dropped.
  public init(
    command: [String], options: SupervisorOptions = SupervisorOptions(),
    log: @escaping @Sendable ([UInt8]) -> Void = { StandardError.write($0) },
    deliver: @escaping @Sendable (Frame) -> Bool
  ) {
    commands = Mutex([command])
    self.options = options
    self.log = log
    self.deliver = deliver
  }

  /// Starts the workers. To be called once.
  public func start() {
    _ = signal(SIGPIPE, SIG_IGN)
    let started = outbox.start { [self] in deliverFrame($0) } && BlockingThread.start { [self] in run() }
    if !started { exit(71) }
  }

  /// Passes on a request or a cancel frame of the host. Waits only while the host itself does not take its answers.
  public func send(_ frame: Frame) {
    outbox.waitForRoom()
    switch frame.kind {
    case .request: mailbox.put(.request(frame, RequestSummary(json: frame.json)))
    case .cancel: mailbox.put(.cancel(frame.id))
    case .ready, .event, .result, .error:
      fail(FrameError(.kind, "A host sends requests and cancels, not \(frame.kind) frames."))
    }
  }

  /// Says that the host sends nothing more: the worker finishes what is in flight and ends.
  public func finish() { mailbox.put(.hostFinished) }

  /// Says that the host's bytes cannot be understood: answered with an error of id 0 and exit status 65.
  public func fail(_ error: FrameError) { mailbox.put(.hostBroken(error)) }

  /// Replaces every worker, one after the other and without a pause, by one that runs `command` (nil: the present one,
  /// started anew, from the file that is there now). A new one that does not become ready is given up, and the old ones stay.
  public func replaceWorkers(command: [String]? = nil) {
    let version = commands.withLock { commands in
      commands.append(command ?? commands.last ?? [])
      return commands.count - 1
    }
    mailbox.put(.replaceAll(version: version))
  }

  /// The file that a worker's command names for metrics; in a pool each worker gets one beside it.
  public static func metricsFile(ofWorkers command: [String]) -> String? { WorkerCommand.metricsFile(in: command) }

  /// Waits until the worker has ended for good and everything was delivered.
  ///
  /// - Returns: the worker's status (128 + n for signal n); 65 after ``fail(_:)``, 70 when restarting did not help, 71
  ///   when the system lacks resources, 127 when there is no such program.
  public func waitUntilExit() -> Int32 {
    exited.wait()
    exited.signal()
    return exitStatus.withLock { $0 ?? 0 }
  }

  private func deliverFrame(_ frame: Frame) {
    guard !hostIsGone.load(ordering: .relaxed), !deliver(frame) else { return }
    hostIsGone.store(true, ordering: .relaxed)
    finish()
  }

  // MARK: The loop

  private func run() {
    let clock = ContinuousClock()
    let start = clock.now
    var state = SupervisorState(options: options, seed: UInt64.random(in: 0...UInt64.max))
    var workers: [Int: WorkerProcess] = [:]
    var inputs: [Input] = [.tick]
    while true {
      for input in inputs.isEmpty ? [.tick] : inputs {
        let now = start.duration(to: clock.now)
        for effect in state.handle(input, at: now, hostIsStalled: outbox.isStalled) {
          switch effect {
          case .writeMetrics: writeMetrics(SupervisorMetrics.text(of: state, at: now))
          case .spawn(let number, let version):
            workers[number] = spawn(number, version, slot: state.workers[number]?.slot ?? 0)
          default: perform(effect, &workers)
          }
        }
      }
      if state.hasExited { return }
      let wait = state.nextTick.map { $0 - start.duration(to: clock.now) }
      inputs = mailbox.takeAll(timeout: wait)
    }
  }

  private func perform(_ effect: Effect, _ workers: inout [Int: WorkerProcess]) {
    switch effect {
    case .deliver(let frame): outbox.put(frame)
    case .send(let number, let frame): workers[number]?.send(frame)
    case .closeInput(let number): workers[number]?.closeInput()
    case .signal(let number, let signal): workers[number]?.signal(signal)
    case .measure(let number):
      if let bytes = workers[number]?.residentBytes { mailbox.put(.resident(number, bytes: bytes)) }
    case .forget(let number): workers[number] = nil
    case .spawn, .writeMetrics: break
    case .log(let level, let message): log(LogLine.bytes(level, message))
    case .exit(let status): exit(status)
    }
  }

  private func spawn(_ number: Int, _ version: Int, slot: Int) -> WorkerProcess? {
    let common = commands.withLock { $0.indices.contains(version) ? $0[version] : [] }
    let command = options.workers > 1 ? WorkerCommand.command(common, inSlot: slot) : common
    do throws(SpawnError) {
      return try WorkerProcess(
        command: command, memoryLimit: options.memoryLimit, throttle: { [outbox] in outbox.waitForRoom() }, log: log
      ) { [mailbox] in
        mailbox.put(.worker(number, $0))
      }
    } catch {
      mailbox.put(.spawnFailed(number, error.description, permanent: error.isPermanent))
      return nil
    }
  }

  private func writeMetrics(_ text: String) {
    guard let file = options.metricsFile, MetricsFile.write(text, to: file) != 0 else { return }
    log(LogLine.bytes(.warning, "the metrics could not be written"))
  }

  private func exit(_ status: Int32) {
    outbox.finish(patience: options.killGrace)
    exitStatus.withLock { $0 = status }
    exited.signal()
  }
}
