import Protocol

/// Replacing healthy workers without a pause: the new one starts and says `ready` first; then it gets the requests, and the
/// old one finishes what it has.
extension SupervisorState {
  /// How long a failed replacement is not tried again.
  static let replacementPause: Duration = .seconds(60)

  /// Replaces every worker, one after the other, by one that runs the command of `version`.
  mutating func replaceAll(_ version: Int) {
    self.version = version
    log(.info, "every worker is to be replaced")
    // Another program may survive what killed this one.
    quarantine.removeAll()
    for index in slots.indices {
      slots[index].replacement = .program
      slots[index].replaceAfter = .zero
    }
  }

  /// Takes in how much memory a worker holds.
  mutating func measured(_ number: Int, bytes: Int) {
    workers[number]?.resident = bytes
    guard let limit = options.recycleMemory, bytes > limit, let worker = workers[number], worker.isAvailable else {
      return
    }
    if slots[worker.slot].current == number, slots[worker.slot].replacement == nil {
      slots[worker.slot].replacement = .memory(mebibytes: bytes >> 20)
    }
  }

  /// Starts the next replacement that is due; one at a time in the whole pool.
  mutating func startReplacements(at now: Duration) {
    for worker in workers.values where worker.isAvailable && slots[worker.slot].current == worker.number {
      if let limit = worker.recycleAfter, worker.sent >= limit, slots[worker.slot].replacement == nil {
        slots[worker.slot].replacement = .requests(worker.sent)
      }
    }
    guard drainBy == nil, shutdown == nil, slots.allSatisfy({ $0.successor == nil }) else { return }
    for index in slots.indices where slots[index].replacement != nil && slots[index].replaceAfter <= now {
      guard let current = slots[index].current, workers[current]?.isAvailable == true else { continue }
      if let reason = slots[index].replacement { log(.info, "worker \(current) is replaced: \(reason)") }
      slots[index].successor = startWorker(in: index, at: now)
      return
    }
  }

  /// The successor is ready: it serves from now on, and the old worker retires.
  mutating func takeOver(_ number: Int, _ ready: Frame, at now: Duration) {
    guard let worker = workers[number] else { return }
    let slot = worker.slot
    if let old = slots[slot].current { workers[old]?.retireBy = now + options.retireLimit }
    slots[slot].current = number
    slots[slot].successor = nil
    let reason = slots[slot].replacement ?? .program
    slots[slot].replacement = nil
    metrics.replacements[reason.label, default: 0] += 1
    effects.append(.deliver(SupervisorFrames.replaced(reason: reason.description, ready: ready.json)))
  }

  /// The successor did not become ready: the old worker stays, and with it the old program.
  mutating func abandonReplacement(_ worker: WorkerState, _ reason: String, at now: Duration) {
    let slot = worker.slot
    slots[slot].successor = nil
    metrics.failedReplacements += 1
    log(.error, "the replacement failed and the old worker stays; \(reason)")
    if slots[slot].replacement == .program {
      for index in slots.indices where slots[index].replacement == .program { slots[index].replacement = nil }
      // Crashes from here on start what is known to start.
      if let current = slots[slot].current.flatMap({ workers[$0] }) { version = current.version }
    } else {
      slots[slot].replacement = nil
      slots[slot].replaceAfter = now + SupervisorState.replacementPause
    }
  }

  /// What `status` tells of the pool.
  func statusOfPool(at now: Duration) -> JSONValue {
    let list = workers.values.sorted { $0.number < $1.number }.map { worker -> JSONValue in
      let state =
        worker.stopReason != nil
        ? "stopping" : worker.retireBy != nil ? "retiring" : worker.servingSince == nil ? "starting" : "serving"
      return .object([
        "number": .integer(Int64(worker.number)), "slot": .integer(Int64(worker.slot)), "state": .string(state),
        "inFlight": .integer(Int64(ledger.load(of: worker.number))), "sent": .integer(Int64(worker.sent)),
        "residentBytes": .integer(Int64(worker.resident)),
        "uptimeMs": .integer(worker.servingSince.map { (now - $0).wholeMilliseconds } ?? 0),
      ])
    }
    return .object([
      "workers": .array(list),
      "restarts": .integer(Int64(restarts)),
      "replays": .integer(Int64(metrics.replays)),
      "replacements": .integer(Int64(metrics.replacements.values.reduce(0, +))),
      "quarantined": .integer(Int64(quarantine.count)),
      "held": .integer(Int64(ledger.count)),
      "losses": .object(metrics.losses.mapValues { .integer(Int64($0)) }),
    ])
  }
}
