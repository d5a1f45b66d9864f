import Protocol

/// The ends of workers: expected, unexpected, and what becomes of their requests.
extension SupervisorState {
  mutating func workerIsGone(_ gone: WorkerState, at now: Duration) {
    workers[gone.number] = nil
    effects.append(.forget(gone.number))
    let status = gone.exit ?? .code(0)
    if exitStatus != nil { return }
    let ended = "worker \(gone.number) ended with \(status)"
    let reason = gone.stopReason.map { "\(ended): \($0)" } ?? ended
    let slot = gone.slot
    if slots[slot].successor == gone.number {
      abandonReplacement(gone, reason, at: now)
    } else if slots[slot].current != gone.number {
      // It was replaced. What it still had, if it crashed, is sorted out like after any crash.
      if ledger.load(of: gone.number) > 0 { log(.warning, "\(reason), after it was replaced") }
      settle(gone.number, because: reason, retryAfterMs: 0, at: now)
    } else if gone.inputIsClosed && (shutdownWasAnswered || ledger.load(of: gone.number) == 0) {
      slots[slot].current = nil
      slots[slot].startAt = nil
      if drainStatus == 0 { drainStatus = status.shellStatus }
      if shutdownWasAnswered && workers.isEmpty { end(drainStatus) }
    } else if shutdownWasAnswered {
      slots[slot].current = nil
      if drainStatus == 0 { drainStatus = status.shellStatus }
      settle(gone.number, because: reason, retryAfterMs: 0, at: now)
      if workers.isEmpty { end(drainStatus) }
    } else {
      slots[slot].current = nil
      let service = gone.servingSince.map { now - $0 } ?? .zero
      restart(gone, because: reason, status: status, service: service, at: now)
    }
  }

  /// Answers what a dead worker had and what may not be sent again. Returns how many that were.
  @discardableResult
  private mutating func settle(_ number: Int, because reason: String, retryAfterMs: Int, at now: Duration) -> Int {
    let fates = ledger.workerDied(number, at: now)
    forgetAffairs(of: number)
    for (request, fate) in fates {
      if fate == .poisoned { quarantine.insert(request.frame) }
      answer(request.id, fate.error(reason: reason, retryAfterMs: retryAfterMs))
    }
    return fates.count
  }

  mutating func restart(
    _ gone: WorkerState, because reason: String, status: WorkerEnd, service: Duration, at now: Duration
  ) {
    let slot = gone.slot
    metrics.losses[status.label, default: 0] += 1
    slots[slot].lastLoss = reason
    let wait = slots[slot].backoff.next(after: service, using: &generator)
    let waitMs = Int(wait.wholeMilliseconds)
    let lost = settle(gone.number, because: reason, retryAfterMs: waitMs, at: now)
    if drainBy != nil && ledger.isEmpty && workers.isEmpty {
      log(.warning, reason)
      end(drainStatus == 0 ? status.shellStatus : drainStatus)
    } else if let successor = slots[slot].successor {
      slots[slot].successor = nil
      slots[slot].current = successor
      log(.warning, "\(reason); worker \(successor), which is starting, takes its place; \(lost) requests lost")
    } else if budget.spend(at: now) {
      slots[slot].startAt = now + wait
      log(.warning, "\(reason); restart in \(waitMs) ms, \(lost) requests lost, \(ledger.count) kept")
    } else {
      let message = "gave up after \(options.maxRestarts) restarts in \(options.window); \(reason)"
      log(.error, message)
      end(70, WireError(.sessionLost, message, retry: .never))
    }
  }
}
