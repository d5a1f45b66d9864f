import Protocol

/// Every request that has come in and not been answered: which wait, which are with the worker, and under which id.
///
/// The worker sees ids of the supervisor's own making, so that its pings and replays can never collide with the host's.
struct RequestLedger: Sendable {
  private var held: [RequestID: HeldRequest] = [:]
  private var hostIDs: [RequestID: RequestID] = [:]
  private var waiting: [RequestID] = []
  private var lastNumber = 0
  private var lastWorkerID: UInt64 = 0

  /// Bytes of all requests held.
  private(set) var bytes = 0

  var count: Int { held.count }
  var isEmpty: Bool { held.isEmpty }
  var hasWaiting: Bool { !waiting.isEmpty }

  func contains(_ id: RequestID) -> Bool { held[id] != nil }

  /// How many of the waiting requests a worker has had before.
  var replays: Int { waiting.count { held[$0]?.isSuspect ?? false } }

  /// The earliest moment at which a waiting request expires.
  var nextDeadline: Duration? { waiting.compactMap { held[$0]?.deadline }.min() }

  /// An id that the running worker has not seen.
  mutating func makeWorkerID() -> RequestID {
    lastWorkerID = lastWorkerID % RequestID.maximum + 1
    return RequestID(lastWorkerID) ?? .connection
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
    if let workerID = request.workerID {
      hostIDs[workerID] = nil
    } else {
      waiting.removeAll { $0 == id }
    }
    bytes -= request.bytes
    return request
  }

  /// The request that the worker means by `workerID`.
  func request(workerID: RequestID) -> HeldRequest? { hostIDs[workerID].flatMap { held[$0] } }

  /// Marks a request as cancelled. Returns the id to forward to the worker, or nil when the worker never had it.
  mutating func cancel(_ id: RequestID) -> RequestID? {
    held[id]?.isCancelled = true
    return held[id]?.workerID
  }

  /// Remembers that the host has the event of image `index`; false when it had it already.
  mutating func deliverImage(_ index: Int, of id: RequestID) -> Bool {
    held[id]?.imagesDelivered.insert(index).inserted ?? false
  }

  /// The requests to send now, oldest first, as the worker shall see them.
  ///
  /// Suspects go one at a time: if one of them kills the next worker too, it is convicted alone.
  mutating func send(at now: Duration) -> [Frame] {
    guard hasWaiting else { return [] }
    var suspectIsOut = held.values.contains { $0.isSuspect && $0.workerID != nil }
    var frames: [Frame] = []
    var later: [RequestID] = []
    for id in waiting {
      guard var request = held[id] else { continue }
      if request.isSuspect && suspectIsOut {
        later.append(id)
        continue
      }
      if request.isSuspect { suspectIsOut = true }
      let workerID = makeWorkerID()
      request.workerID = workerID
      held[id] = request
      hostIDs[workerID] = id
      var frame = request.frame
      frame.id = workerID
      if let deadline = request.deadline {
        frame.json = RequestSummary.json(frame.json, withRemaining: deadline - now)
      }
      frames.append(frame)
    }
    waiting = later
    return frames
  }

  /// Removes and returns the waiting requests whose time is up.
  mutating func expire(at now: Duration) -> [RequestID] {
    let expired = waiting.filter { id in held[id]?.deadline.map { $0 <= now } ?? false }
    for id in expired { release(id) }
    return expired
  }

  /// Sorts out what was in flight when the worker died. What may be sent again waits once more, oldest first; the
  /// others are removed and returned, each with what became of it.
  mutating func workerDied(at now: Duration) -> [(id: RequestID, fate: Fate)] {
    var fates: [(id: RequestID, fate: Fate)] = []
    for id in hostIDs.values.sorted() {
      guard var request = held[id] else { continue }
      request.crashes += 1
      if let fate = Fate(of: request, at: now) {
        release(id)
        fates.append((id, fate))
      } else {
        request.workerID = nil
        held[id] = request
        waiting.append(id)
      }
    }
    hostIDs = [:]
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

/// Why a request that was in flight at a crash is not sent again.
enum Fate: Sendable, Equatable {
  case cancelled
  case expired
  case poisoned
  case unsafe

  /// Crashes after which a request is held to be their cause.
  static let crashesToConvict = 2

  /// nil when the request may be sent again.
  init?(of request: HeldRequest, at now: Duration) {
    if request.isCancelled {
      self = .cancelled
    } else if let deadline = request.deadline, deadline <= now {
      self = .expired
    } else if request.crashes >= Fate.crashesToConvict {
      self = .poisoned
    } else if !ReplayPolicy.allows(request.summary) {
      self = .unsafe
    } else {
      return nil
    }
  }
}
