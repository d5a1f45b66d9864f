import Protocol

/// What workers say, and the timers of their lives: start, service, pings, stop.
extension SupervisorState {
  /// How long the rest of a dead worker's output is waited for.
  static let outputGrace: Duration = .seconds(2)

  // MARK: What a worker did

  mutating func receive(_ report: WorkerReport, from number: Int, at now: Duration) {
    switch report {
    case .frame(let frame, let facts): receive(frame, facts, from: number, at: now)
    case .outputEnded(let error):
      workers[number]?.outputEnded = true
      if let error { stopWorker(number, "its output is not frames: \(error.message)", at: now) }
      workers[number]?.exitBy = now + options.killGrace
    case .exited(let status):
      workers[number]?.exit = status
      workers[number]?.drainUntil = now + SupervisorState.outputGrace
    }
  }

  private mutating func receive(_ frame: Frame, _ facts: FrameFacts, from number: Int, at now: Duration) {
    if frame.kind == .ready {
      workerIsReady(number, frame, at: now)
    } else if frame.id.isConnection {
      if frame.kind == .error {
        stopWorker(
          number, "it lost the connection: \(String(decoding: frame.json.prefix(500), as: UTF8.self))", at: now)
      } else {
        if let job = facts.job { remember(job: job, of: number) }
        effects.append(.deliver(frame))
      }
    } else if frame.id == workers[number]?.ping {
      workers[number]?.ping = nil
      workers[number]?.missedPings = 0
    } else if let request = ledger.request(frame.id, of: number) {
      deliver(frame, facts, of: request, from: number, at: now)
    }
  }

  private mutating func deliver(
    _ frame: Frame, _ facts: FrameFacts, of request: HeldRequest, from number: Int, at now: Duration
  ) {
    if let image = facts.image, !ledger.deliverImage(image, of: request.id) { return }
    // A worker that is told to stop cancels what it has, which the host never asked for: the next one gets it.
    if facts.code == "cancelled", !request.isCancelled, workers[number]?.stopReason != nil { return }
    var answer = frame
    if frame.skippedJSON != nil {
      answer = SupervisorFrames.error(request.id, WireError(.internal, "The worker's answer is too long."))
    }
    if answer.kind.isTerminal {
      ledger.release(request.id)
      endIsolation(of: request.id)
      metrics.answers[answer.kind == .result ? "result" : facts.code ?? "internal", default: 0] += 1
      if let stream = facts.stream, request.summary.method == "stream.open" { streams[stream] = number }
      if let stream = request.summary.stream, request.summary.method == "stream.close" || facts.code == "sessionLost" {
        streams[stream] = nil
      }
      if answer.kind == .result, request.summary.method == "shutdown" { shutdownWasAnswered = true }
      if answer.kind == .result, request.summary.method == "status" {
        answer = SupervisorFrames.status(answer, adding: statusOfPool(at: now))
      }
    }
    effects.append(.deliver(answer))
  }

  /// A job that nobody waits for is known by the events it sends; few run at a time, and old ones are of no use.
  private mutating func remember(job: String, of number: Int) {
    if jobs.count > 1_000 { jobs = [:] }
    jobs[job] = number
  }

  private mutating func workerIsReady(_ number: Int, _ frame: Frame, at now: Duration) {
    guard let worker = workers[number], worker.servingSince == nil else { return }
    workers[number]?.servingSince = now
    workers[number]?.nextPing = now + options.pingInterval
    workers[number]?.recycleAfter = options.recycleRequests.map {
      Int((Double($0) * Double.random(in: 0.9...1.1, using: &generator)).rounded())
    }
    effects.append(.measure(number))
    if slots[worker.slot].successor == number {
      takeOver(number, frame, at: now)
    } else if !hostIsReady {
      hostIsReady = true
      effects.append(.deliver(frame))
    } else if let reason = slots[worker.slot].lastLoss {
      log(.info, "worker \(number) serves; \(ledger.replays) requests are sent again")
      effects.append(
        .deliver(
          SupervisorFrames.restarted(
            reason: reason, restarts: restarts, replayed: ledger.replays, ready: frame.json)))
    } else {
      log(.info, "worker \(number) serves")
    }
  }

  /// Restarts so far: starts that were neither the first of a slot nor replacements of a healthy worker.
  var restarts: Int { metrics.losses.values.reduce(0, +) }

  mutating func spawnFailed(_ number: Int, _ reason: String, permanent: Bool, at now: Duration) {
    guard let worker = workers.removeValue(forKey: number) else { return }
    if slots[worker.slot].successor == number {
      abandonReplacement(worker, reason, at: now)
    } else if permanent {
      log(.error, reason)
      end(127, WireError(.sessionLost, reason, retry: .never))
    } else {
      slots[worker.slot].current = nil
      restart(worker, because: reason, status: .code(71), service: .zero, at: now)
    }
  }

  // MARK: Timers

  mutating func runTimers(at now: Duration, hostIsStalled: Bool) {
    for id in ledger.expire(at: now) { answer(id, Fate.expired.error) }
    for number in workers.keys.sorted() {
      if let worker = workers[number], worker.isGone(at: now) { workerIsGone(worker, at: now) }
    }
    if let drainBy, drainBy <= now, exitStatus == nil {
      log(.error, "not everything was answered within \(options.drainLimit) of the end of input")
      end(1)
    }
    startOrExit(at: now)
    for number in workers.keys.sorted() { runTimers(of: number, at: now, hostIsStalled: hostIsStalled) }
    guard exitStatus == nil else { return }
    startReplacements(at: now)
    dispatch(at: now)
    closeInputs(at: now)
    if let due = nextMetrics, due <= now {
      nextMetrics = now + options.metricsInterval
      effects.append(.writeMetrics)
    }
  }

  private mutating func startOrExit(at now: Duration) {
    if drainBy != nil && ledger.isEmpty && workers.isEmpty { end(drainStatus) }
    if let exitStatus {
      guard workers.isEmpty else { return }
      hasExited = true
      if options.metricsFile != nil { effects.append(.writeMetrics) }
      effects.append(.exit(exitStatus))
      return
    }
    for index in slots.indices where slots[index].current == nil {
      guard let start = slots[index].startAt, start <= now else { continue }
      // With nothing left to do there is no use for another worker.
      slots[index].startAt = nil
      if drainBy != nil && !ledger.hasWaiting && hostIsReady { continue }
      slots[index].current = startWorker(in: index, at: now)
    }
  }

  /// Starts a worker; returns its number.
  mutating func startWorker(in slot: Int, at now: Duration) -> Int {
    starts += 1
    workers[starts] = WorkerState(
      number: starts, slot: slot, version: version, startDeadline: now + options.startLimit)
    effects.append(.spawn(starts, version: version))
    return starts
  }

  private mutating func runTimers(of number: Int, at now: Duration, hostIsStalled: Bool) {
    guard let worker = workers[number], worker.exit == nil else { return }
    if let killAt = worker.killAt {
      if killAt <= now {
        workers[number]?.killAt = nil
        effects.append(.signal(number, 9))
      }
    } else if worker.stopReason == nil, let exitBy = worker.exitBy, exitBy <= now {
      stopWorker(number, "it should have ended and lives on", at: now)
    } else if worker.stopReason == nil, worker.servingSince == nil, worker.startDeadline <= now {
      stopWorker(number, "it was not ready after \(options.startLimit)", at: now)
    } else if let next = worker.nextPing, next <= now, worker.isServing {
      ping(worker, at: now, hostIsStalled: hostIsStalled)
    }
  }

  private mutating func ping(_ worker: WorkerState, at now: Duration, hostIsStalled: Bool) {
    workers[worker.number]?.nextPing = now + options.pingInterval
    effects.append(.measure(worker.number))
    if hostIsStalled { return }
    if worker.ping != nil {
      workers[worker.number]?.missedPings += 1
      if worker.missedPings + 1 >= options.missedPings {
        stopWorker(worker.number, "it did not answer \(worker.missedPings + 1) pings", at: now)
        return
      }
    }
    let id = freePingID()
    workers[worker.number]?.ping = id
    effects.append(.send(worker.number, SupervisorFrames.ping(id)))
  }

  /// An id for a ping that no request has: from the end of the range, where hosts that count never come.
  private func freePingID() -> RequestID {
    let pings = Set(workers.values.compactMap(\.ping))
    var value = RequestID.maximum
    while let id = RequestID(value), value > 1 {
      if !ledger.contains(id) && !pings.contains(id) { return id }
      value -= 1
    }
    return .connection
  }

  /// Asks a worker's process group to end; SIGKILL follows.
  mutating func stopWorker(_ number: Int, _ reason: String, at now: Duration) {
    guard let worker = workers[number], worker.stopReason == nil else { return }
    workers[number]?.stopReason = reason
    workers[number]?.killAt = now + options.killGrace
    log(.warning, "worker \(number) is stopped: \(reason)")
    effects.append(.signal(number, 15))
  }

  /// Ends the input of workers that are not needed any more: all of them once the host has finished, those that were
  /// replaced when they are done.
  private mutating func closeInputs(at now: Duration) {
    let hostIsDone = (drainBy != nil && !ledger.hasWaiting) || shutdownWasAnswered
    for number in workers.keys.sorted() {
      guard let worker = workers[number], !worker.inputIsClosed, worker.exit == nil else { continue }
      let isRetired = worker.retireBy.map { $0 <= now || isIdle(number) } ?? false
      guard hostIsDone || isRetired else { continue }
      workers[number]?.inputIsClosed = true
      // A job may take as long as it likes; a worker with nothing to do may not.
      if ledger.load(of: number) == 0 { workers[number]?.exitBy = now + options.drainLimit }
      effects.append(.closeInput(number))
    }
  }

  private func isIdle(_ number: Int) -> Bool {
    ledger.load(of: number) == 0 && !streams.values.contains(number)
  }
}
