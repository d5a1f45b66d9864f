import Protocol

/// A worker kept free of everything but one suspect at a time, so that a second crash convicts the guilty alone.
struct Isolation: Sendable, Equatable {
  let worker: Int
  /// The end of the patience: a suspect that takes longer is left to run beside the others.
  var until: Duration
  /// The suspect that has the worker; nil while the worker finishes what it had.
  var suspect: RequestID?
}

/// Which worker gets which request.
extension SupervisorState {
  /// Sends what can be sent, oldest first.
  mutating func dispatch(at now: Duration) {
    if let isolation {
      let isOver = isolation.suspect != nil && isolation.until <= now
      if isOver || workers[isolation.worker]?.isAvailable != true { self.isolation = nil }
    }
    guard ledger.hasWaiting, workers.values.contains(where: \.isServing) else { return }
    let pings = Set(workers.values.compactMap(\.ping))
    var sendings: [(id: RequestID, worker: Int)] = []
    var loads = workers.mapValues { ledger.load(of: $0.number) }
    for id in ledger.waitingIDs {
      // A ping of ours has this id until it is answered.
      guard let request = ledger[id], !pings.contains(id) else { continue }
      guard let worker = destination(of: request, loads, at: now) else { continue }
      loads[worker, default: 0] += 1
      sendings.append((id, worker))
      workers[worker]?.sent += 1
      if request.isSuspect { metrics.replays += 1 }
    }
    if let isolation, isolation.until <= now { self.isolation = nil }
    effects += ledger.send(sendings, at: now).map { .send($0.worker, $0.frame) }
  }

  /// The worker for a request, nil when it has to wait.
  private mutating func destination(of request: HeldRequest, _ loads: [Int: Int], at now: Duration) -> Int? {
    if request.id == shutdown, ledger.count > 1 { return nil }
    if let stream = request.summary.stream, let worker = streams[stream] {
      return workers[worker]?.isServing == true ? worker : nil
    }
    if request.isSuspect { return destination(ofSuspect: request, loads, at: now) }
    if request.summary.isForFirst {
      if let worker = request.summary.job.flatMap(worker(ofJob:)) { return worker }
      return available(at: now).min { ($0.slot, $0.number) < ($1.slot, $1.number) }?.number
    }
    return leastLoaded(loads, at: now)
  }

  /// Suspects go one at a time to a worker that does nothing else.
  private mutating func destination(ofSuspect request: HeldRequest, _ loads: [Int: Int], at now: Duration) -> Int? {
    if let running = isolation {
      if running.suspect != nil, now < running.until { return nil }
      if running.suspect == nil {
        let isFree = ledger.shortLoad(of: running.worker) == 0
        guard isFree || now >= running.until else { return nil }
        isolation =
          isFree ? Isolation(worker: running.worker, until: now + options.isolation, suspect: request.id) : nil
        return running.worker
      }
    }
    guard let worker = leastLoaded(loads, at: now) else { return nil }
    // What was chosen for it in this round counts as well: it is in `loads` only.
    let isFree = ledger.shortLoad(of: worker) == 0 && loads[worker, default: 0] == ledger.load(of: worker)
    isolation = Isolation(worker: worker, until: now + options.isolation, suspect: isFree ? request.id : nil)
    return isFree ? worker : nil
  }

  /// The worker that told of a job, or has the request that the job is named after.
  private func worker(ofJob job: String) -> Int? {
    let number = jobs[job] ?? UInt64(job).flatMap { RequestID($0) }.flatMap { ledger[$0]?.worker }
    return number.flatMap { workers[$0]?.isServing == true ? $0 : nil }
  }

  private func available(at now: Duration) -> [WorkerState] {
    workers.values.filter { worker in
      guard worker.isAvailable else { return false }
      guard let isolation, isolation.worker == worker.number else { return true }
      return now >= isolation.until
    }
  }

  private func leastLoaded(_ loads: [Int: Int], at now: Duration) -> Int? {
    available(at: now).min {
      (loads[$0.number] ?? 0, $0.sent, $0.slot) < (loads[$1.number] ?? 0, $1.sent, $1.slot)
    }?.number
  }

  /// Forgets the isolation of a suspect that was answered.
  mutating func endIsolation(of id: RequestID) {
    if isolation?.suspect == id { isolation = nil }
  }

  /// Forgets what a worker had that is gone.
  mutating func forgetAffairs(of worker: Int) {
    streams = streams.filter { $0.value != worker }
    jobs = jobs.filter { $0.value != worker }
    if isolation?.worker == worker { isolation = nil }
  }
}
