import Protocol

/// The life of a worker: start, service, pings, stop, loss.
extension SupervisorState {
  /// How long the rest of a dead worker's output is waited for.
  static let outputGrace: Duration = .seconds(2)

  // MARK: What the worker did

  mutating func receive(_ report: WorkerReport, at now: Duration) {
    switch report {
    case .frame(let frame, let image): receive(frame, image: image, at: now)
    case .outputEnded(let error):
      worker?.outputEnded = true
      if let error { stopWorker("its output is not frames: \(error.message)", at: now) }
      worker?.exitBy = now + options.killGrace
    case .exited(let status):
      worker?.exit = status
      worker?.drainUntil = now + SupervisorState.outputGrace
    }
  }

  private mutating func receive(_ frame: Frame, image: Int?, at now: Duration) {
    if frame.kind == .ready {
      workerIsReady(frame, at: now)
    } else if frame.id.isConnection {
      if frame.kind == .error {
        stopWorker("it lost the connection: \(String(decoding: frame.json.prefix(500), as: UTF8.self))", at: now)
      } else {
        effects.append(.deliver(frame))
      }
    } else if frame.id == worker?.ping {
      worker?.ping = nil
      worker?.missedPings = 0
    } else if let request = ledger.request(workerID: frame.id) {
      deliver(frame, image: image, of: request)
    }
  }

  private mutating func deliver(_ frame: Frame, image: Int?, of request: HeldRequest) {
    if let image, !ledger.deliverImage(image, of: request.id) { return }
    var answer = frame
    answer.id = request.id
    if frame.skippedJSON != nil {
      answer = SupervisorFrames.error(request.id, WireError(.internal, "The worker's answer is too long."))
    }
    if answer.kind.isTerminal {
      ledger.release(request.id)
      if request.summary.method == "shutdown", answer.kind == .result { shutdownWasAnswered = true }
    }
    effects.append(.deliver(answer))
  }

  private mutating func workerIsReady(_ frame: Frame, at now: Duration) {
    guard worker?.servingSince == nil else { return }
    worker?.servingSince = now
    worker?.nextPing = now + options.pingInterval
    if hostIsReady {
      log(.info, "worker \(starts) serves; \(ledger.count) requests are sent")
      effects.append(
        .deliver(
          SupervisorFrames.restarted(
            reason: lastLoss, restarts: starts - 1, replayed: ledger.replays, ready: frame.json)))
    } else {
      hostIsReady = true
      effects.append(.deliver(frame))
    }
  }

  mutating func spawnFailed(_ reason: String, permanent: Bool, at now: Duration) {
    worker = nil
    if permanent {
      log(.error, reason)
      end(127, WireError(.sessionLost, reason, retry: .never))
    } else {
      restart(because: reason, status: .code(71), service: .zero, at: now)
    }
  }

  // MARK: Timers

  mutating func runTimers(at now: Duration, hostIsStalled: Bool) {
    for id in ledger.expire(at: now) { answer(id, Fate.expired.error) }
    if let worker, worker.isGone(at: now) { workerIsGone(worker, at: now) }
    if let drainBy, drainBy <= now, exitStatus == nil {
      log(.error, "not everything was answered within \(options.drainLimit) of the end of input")
      end(1)
    }
    if worker == nil {
      startOrExit(at: now)
    } else {
      runWorkerTimers(at: now, hostIsStalled: hostIsStalled)
    }
  }

  private mutating func startOrExit(at now: Duration) {
    if drainBy != nil && ledger.isEmpty { end(0) }
    if let exitStatus {
      hasExited = true
      effects.append(.exit(exitStatus))
    } else if let start = startAt, start <= now {
      starts += 1
      startAt = nil
      worker = WorkerState(number: starts, startDeadline: now + options.startLimit)
      effects.append(.spawn(starts))
    }
  }

  private mutating func runWorkerTimers(at now: Duration, hostIsStalled: Bool) {
    guard let current = worker, current.exit == nil else { return }
    if let killAt = current.killAt {
      if killAt <= now {
        worker?.killAt = nil
        effects.append(.signal(9))
      }
    } else if current.stopReason == nil, let exitBy = current.exitBy, exitBy <= now {
      stopWorker("it closed its output and lives on", at: now)
    } else if current.stopReason == nil, current.servingSince == nil, current.startDeadline <= now {
      stopWorker("it was not ready after \(options.startLimit)", at: now)
    } else if let next = current.nextPing, next <= now, current.isServing {
      ping(at: now, hostIsStalled: hostIsStalled)
    }
    guard exitStatus == nil else { return }
    if worker?.isServing == true { effects += ledger.send(at: now).map(Effect.send) }
    if drainBy != nil && !ledger.hasWaiting && !current.inputIsClosed {
      worker?.inputIsClosed = true
      effects.append(.closeInput)
    }
  }

  private mutating func ping(at now: Duration, hostIsStalled: Bool) {
    worker?.nextPing = now + options.pingInterval
    if hostIsStalled { return }
    if worker?.ping != nil {
      worker?.missedPings += 1
      if let missed = worker?.missedPings, missed >= options.missedPings {
        stopWorker("it did not answer \(missed) pings", at: now)
        return
      }
    }
    let id = ledger.makeWorkerID()
    worker?.ping = id
    effects.append(.send(SupervisorFrames.ping(id)))
  }

  /// Asks the worker's process group to end; SIGKILL follows.
  private mutating func stopWorker(_ reason: String, at now: Duration) {
    guard worker?.stopReason == nil else { return }
    worker?.stopReason = reason
    worker?.killAt = now + options.killGrace
    log(.warning, "worker \(starts) is stopped: \(reason)")
    effects.append(.signal(15))
  }

  // MARK: Loss

  private mutating func workerIsGone(_ gone: WorkerState, at now: Duration) {
    worker = nil
    let status = gone.exit ?? .code(0)
    if exitStatus != nil { return }
    if shutdownWasAnswered || (gone.inputIsClosed && ledger.isEmpty) {
      end(status.shellStatus)
      return
    }
    let ended = "worker \(gone.number) ended with \(status)"
    let service = gone.servingSince.map { now - $0 } ?? .zero
    restart(because: gone.stopReason.map { "\(ended): \($0)" } ?? ended, status: status, service: service, at: now)
  }

  private mutating func restart(because reason: String, status: WorkerEnd, service: Duration, at now: Duration) {
    lastLoss = reason
    let wait = backoff.next(after: service, using: &generator)
    let fates = ledger.workerDied(at: now)
    let waitMs = Int(wait.wholeMilliseconds)
    for (id, fate) in fates { answer(id, fate.error(reason: reason, retryAfterMs: waitMs)) }
    if drainBy != nil && ledger.isEmpty {
      log(.warning, reason)
      end(status.shellStatus)
    } else if budget.spend(at: now) {
      startAt = now + wait
      log(
        .warning,
        "\(reason); restart in \(waitMs) ms, \(fates.count) requests lost, \(ledger.count) kept")
    } else {
      let message = "gave up after \(options.maxRestarts) restarts in \(options.window); \(reason)"
      log(.error, message)
      end(70, WireError(.sessionLost, message, retry: .never))
    }
  }
}

extension Fate {
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
