import Protocol

/// Every request that has come in and not been answered: which wait, and which worker has which.
struct RequestLedger: Sendable {
  private var held: [RequestID: HeldRequest] = [:]
  private var inFlight: [Int: Set<RequestID>] = [:]
  private var waiting: [RequestID] = []
  private var lastNumber = 0

  /// Bytes of all requests held.
  private(set) var bytes = 0

  var count: Int { held.count }
  var isEmpty: Bool { held.isEmpty }
  var hasWaiting: Bool { !waiting.isEmpty }
  /// Those that wait, oldest first.
  var waitingIDs: [RequestID] { waiting }

  func contains(_ id: RequestID) -> Bool { held[id] != nil }

  subscript(_ id: RequestID) -> HeldRequest? { held[id] }

  /// How many of the waiting requests a worker has had before.
  var replays: Int { waiting.count { held[$0]?.isSuspect ?? false } }

  /// The earliest moment at which a waiting request expires.
  var nextDeadline: Duration? { waiting.compactMap { held[$0]?.deadline }.min() }

  /// How many requests a worker has.
  func load(of worker: Int) -> Int { inFlight[worker]?.count ?? 0 }

  /// How many requests a worker has that are done soon: all but jobs.
  func shortLoad(of worker: Int) -> Int {
    inFlight[worker]?.count { held[$0].map { !$0.summary.isJob } ?? false } ?? 0
  }

  /// Takes a request in; it waits to be sent.
  mutating func hold(_ frame: Frame, _ summary: RequestSummary, at now: Duration) {
    lastNumber += 1
    let deadline = summary.deadline.map { now + $0 }
    let request = HeldRequest(frame: frame, summary: summary, number: lastNumber, deadline: deadline)
    held[frame.id] = request
    waiting.append(frame.id)
    bytes += request.bytes
  }

  /// Removes a request, because it is about to be answered.
  @discardableResult
  mutating func release(_ id: RequestID) -> HeldRequest? {
    guard let request = held.removeValue(forKey: id) else { return nil }
    if let worker = request.worker {
      inFlight[worker]?.remove(id)
    } else {
      waiting.removeAll { $0 == id }
    }
    bytes -= request.bytes
    return request
  }

  /// The request that a worker means by `id`; nil when it does not have it.
  func request(_ id: RequestID, of worker: Int) -> HeldRequest? { held[id].flatMap { $0.worker == worker ? $0 : nil } }

  /// Marks a request as cancelled. Returns the worker to tell, or nil when no worker has it.
  mutating func cancel(_ id: RequestID) -> Int? {
    held[id]?.isCancelled = true
    return held[id]?.worker
  }

  /// Remembers that the host has the event of image `index`; false when it had it already.
  mutating func deliverImage(_ index: Int, of id: RequestID) -> Bool {
    held[id]?.imagesDelivered.insert(index).inserted ?? false
  }

  /// Gives waiting requests to a worker each. Returns the frames to send, as the workers shall see them.
  mutating func send(_ sendings: [(id: RequestID, worker: Int)], at now: Duration) -> [(worker: Int, frame: Frame)] {
    guard !sendings.isEmpty else { return [] }
    let ids = Set(sendings.map(\.id))
    waiting.removeAll { ids.contains($0) }
    return sendings.compactMap { id, worker in
      guard var request = held[id] else { return nil }
      request.worker = worker
      held[id] = request
      inFlight[worker, default: []].insert(id)
      var frame = request.frame
      if let deadline = request.deadline {
        frame.json = RequestSummary.json(frame.json, withRemaining: deadline - now)
      }
      return (worker, frame)
    }
  }

  /// Removes and returns the waiting requests whose time is up.
  mutating func expire(at now: Duration) -> [RequestID] {
    let expired = waiting.filter { id in held[id]?.deadline.map { $0 <= now } ?? false }
    for id in expired { release(id) }
    return expired
  }

  /// Sorts out what was in flight when a worker died. What may be sent again waits once more, oldest first; the
  /// others are removed and returned, each with what became of it.
  mutating func workerDied(_ worker: Int, at now: Duration) -> [(request: HeldRequest, fate: Fate)] {
    var fates: [(request: HeldRequest, fate: Fate)] = []
    for id in (inFlight.removeValue(forKey: worker) ?? []).sorted() {
      guard var request = held[id] else { continue }
      request.crashes += 1
      request.worker = nil
      held[id] = request
      waiting.append(id)
      if let fate = Fate(of: request, at: now) {
        release(id)
        fates.append((request, fate))
      }
    }
    waiting.sort { (held[$0]?.number ?? 0) < (held[$1]?.number ?? 0) }
    return fates
  }

  /// Removes and returns everything.
  mutating func releaseAll() -> [RequestID] {
    let ids = held.keys.sorted()
    for id in ids { release(id) }
    return ids
  }
}
