internal import Protocol

/// Every request that has no terminal frame yet: those that wait, in order of arrival, and those being worked on.
///
/// Bounded by count and bytes. The board only keeps the books; frames are sent by the session. Lock order: a request's
/// own lock, then the board's, then the writer's.
final class RequestBoard: Sendable {
  /// Which threads take a request.
  enum Lane: Sendable, CaseIterable {
    /// The executors, first come, first served.
    case work
    /// A thread of its own: long jobs such as loading a model, one after the other.
    case background
    /// A thread of its own, for `status`: quick answers that must not wait for work.
    case control
    /// Another such thread: jobs that may take hours and say how far they are.
    case job
    /// A third one, for trainings: a job waits for no training, nor a training for a job.
    case training
    /// A thread for each request, which mostly waits for others: `stream.learn` for the frames.
    case held
    /// Nobody: the session answers it at the end (`shutdown`).
    case end

    /// Whether its requests count as pending and running.
    var isCounted: Bool { self == .work || self == .background }

    /// Whether `status` lists its requests as jobs.
    var isJob: Bool { self == .job || self == .training || self == .held }

    /// How `status` names the class of its requests; `nil` for what nobody takes.
    var className: String? {
      switch self {
      case .work: "work"
      case .background: "models"
      case .control: "status"
      case .job: "jobs"
      case .training: "trainings"
      case .held: "captures"
      case .end: nil
      }
    }
  }

  /// What became of a request that asked for a place.
  enum Admission {
    /// It waits, in the place of an older request of its series that has to be answered as dropped.
    case accepted(replacing: ActiveRequest?)
    /// The bounds are reached; so many requests wait.
    case full(pending: Int)
    /// The worker is finishing.
    case closed
  }

  private struct Entry {
    var request: ActiveRequest
    var lane: Lane
    var isWaiting: Bool
    /// The series it runs in, see ``Series``.
    var series: String?
  }

  /// A turn in the queue of the executors: a request's own, or that of whichever request of a series then waits.
  private enum Turn {
    case request(ActiveRequest)
    case series(String)
  }

  /// Requests of which one runs at a time and only the newest one waits. It keeps the place in the queue of those it replaces,
  /// so that a series that goes on and on has its turns.
  private struct Series {
    var waiting: RequestID?
    var isRunning = false
    var hasTurn = false
    var isOver: Bool { waiting == nil && !isRunning && !hasTurn }
  }

  private struct State {
    var entries: [RequestID: Entry] = [:]
    var work = RequestFIFO<Turn>()
    var series: [String: Series] = [:]
    var background = RequestFIFO<ActiveRequest>()
    var control = RequestFIFO<ActiveRequest>()
    var jobs = RequestFIFO<ActiveRequest>()
    var trainings = RequestFIFO<ActiveRequest>()
    var held = 0
    var waitingJobs = 0
    var pending = 0
    var pendingBytes = 0
    var running = 0
    var isClosed = false
    var isStopped = false
    var causes: [(cause: EndCause, limit: Moment?)] = []

    mutating func popFirst(_ lane: Lane) -> ActiveRequest? {
      switch lane {
      case .work: popWork()
      case .background: background.popFirst()
      case .control: control.popFirst()
      case .job: jobs.popFirst()
      case .training: trainings.popFirst()
      case .held, .end: nil
      }
    }

    /// Whether something is queued in a lane, though perhaps answered meanwhile.
    func hasTurns(_ lane: Lane) -> Bool {
      switch lane {
      case .work: work.count > 0
      case .background: background.count > 0
      case .control: control.count > 0
      case .job: jobs.count > 0
      case .training: trainings.count > 0
      case .held, .end: false
      }
    }

    /// The next request of the executors: of a series, the one that waits now, unless another one runs.
    private mutating func popWork() -> ActiveRequest? {
      while let turn = work.popFirst() {
        switch turn {
        case .request(let request): return request
        case .series(let name):
          series[name]?.hasTurn = false
          if let line = series[name], !line.isRunning, let id = line.waiting, let entry = entries[id] {
            series[name]?.waiting = nil
            series[name]?.isRunning = true
            return entry.request
          }
          if series[name]?.isOver ?? false { series[name] = nil }
        }
      }
      return nil
    }

    /// Puts a request of a series into the queue; returns the one whose place it takes.
    mutating func line(up request: ActiveRequest, in name: String) -> ActiveRequest? {
      var line = series[name] ?? Series()
      let replaced = line.waiting.flatMap { entries[$0]?.request }
      line.waiting = request.id
      if !line.isRunning, !line.hasTurn {
        line.hasTurn = true
        work.append(.series(name))
      }
      series[name] = line
      return replaced
    }

    /// A request of a series is answered: the one that waits has its turn.
    mutating func leave(_ entry: Entry, _ name: String) {
      guard var line = series[name] else { return }
      if line.waiting == entry.request.id { line.waiting = nil }
      if !entry.isWaiting { line.isRunning = false }
      if line.waiting != nil, !line.isRunning, !line.hasTurn {
        line.hasTurn = true
        work.append(.series(name))
      }
      series[name] = line.isOver ? nil : line
    }
  }

  /// `status` requests that may wait.
  private static let controlBound = 64
  /// Jobs that may wait.
  static let jobBound = 16

  /// The threads that take requests wait in a group for each lane of ``lanesTaken``.
  private let state = Monitor(
    State(), groups: lanesTaken.map { lane in { state in state.isStopped || state.hasTurns(lane) } })
  private static let lanesTaken: [Lane] = [.work, .background, .control, .job, .training]
  private let limits: Limits

  init(limits: Limits) { self.limits = limits }

  // MARK: Books

  /// The unfinished request with this id.
  func find(_ id: RequestID) -> ActiveRequest? { state.read { $0.entries[id]?.request } }

  /// All unfinished requests, by arrival.
  func unfinished(waitingOnly: Bool = false) -> [ActiveRequest] {
    state.read { $0.entries.values.filter { !waitingOnly || $0.isWaiting }.map(\.request) }
      .sorted { $0.arrival < $1.arrival }
  }

  /// The unfinished jobs, by arrival, and whether each still waits.
  var jobs: [(request: ActiveRequest, isWaiting: Bool)] {
    state.read { state in
      state.entries.values.filter { $0.lane.isJob }.map { (request: $0.request, isWaiting: $0.isWaiting) }
    }
    .sorted { $0.request.arrival < $1.request.arrival }
  }

  /// Requests and bytes that wait, requests that run; bytes of waiting jobs included.
  var load: (pending: Int, pendingBytes: Int, running: Int) {
    state.read { ($0.pending, $0.pendingBytes, $0.running) }
  }

  /// What waits and what runs of each class.
  var classes: [String: ClassStatus] {
    let names = Lane.allCases.compactMap(\.className)
    let none = Dictionary(uniqueKeysWithValues: names.map { ($0, ClassStatus(waiting: 0, running: 0)) })
    return state.read { state in
      state.entries.values.reduce(into: none) { classes, entry in
        guard let name = entry.lane.className else { return }
        if entry.isWaiting { classes[name]?.waiting += 1 } else { classes[name]?.running += 1 }
      }
    }
  }

  /// Gives a request a place, unless the bounds are reached. A single request always fits into an empty queue.
  ///
  /// - Parameter waiting: wait for room instead of giving up (text mode).
  func admit(_ request: ActiveRequest, _ lane: Lane, waiting: Bool) -> Admission {
    state.wait { [limits] state in
      if state.isClosed { return .done(.closed) }
      // In text mode every request waits for the one before, and nothing is dropped.
      let series = waiting ? nil : request.place?.series
      var replaced: ActiveRequest?
      switch lane {
      case .work, .background:
        // The one that is to be replaced leaves in a moment.
        let leaving = series.flatMap { state.series[$0]?.waiting }.flatMap { state.entries[$0]?.request }
        let pending = state.pending - (leaving == nil ? 0 : 1)
        let bytes = state.pendingBytes - (leaving?.size ?? 0) + request.size
        if pending + state.waitingJobs > 0, pending >= limits.maxPending || bytes > limits.maxPendingBytes {
          return waiting ? .sleep(until: nil) : .done(.full(pending: state.pending))
        }
        if lane == .background {
          state.background.append(request)
        } else if let series {
          replaced = state.line(up: request, in: series)
        } else {
          state.work.append(.request(request))
        }
        state.pending += 1
        state.pendingBytes += request.size
      case .control:
        if state.control.count >= RequestBoard.controlBound {
          return waiting ? .sleep(until: nil) : .done(.full(pending: state.control.count))
        }
        state.control.append(request)
      case .job, .training:
        // Jobs share the bytes with the requests, so that the bound on memory holds for both together.
        let bytes = state.pendingBytes + request.size
        let isFull = state.waitingJobs >= RequestBoard.jobBound
        if isFull || (state.pending + state.waitingJobs > 0 && bytes > limits.maxPendingBytes) {
          return waiting ? .sleep(until: nil) : .done(.full(pending: state.waitingJobs))
        }
        if lane == .job { state.jobs.append(request) } else { state.trainings.append(request) }
        state.waitingJobs += 1
        state.pendingBytes = bytes
      case .held:
        if state.held >= limits.maxCaptures { return waiting ? .sleep(until: nil) : .done(.full(pending: state.held)) }
        state.held += 1
      case .end: break
      }
      state.entries[request.id] = Entry(
        request: request, lane: lane, isWaiting: lane != .held, series: lane == .work ? series : nil)
      return .done(.accepted(replacing: replaced))
    }
  }

  /// The next request of a lane, waiting for one. Nil when the worker stops.
  func take(_ lane: Lane) -> ActiveRequest? {
    state.wait(group: Self.lanesTaken.firstIndex(of: lane)) { state in
      while let request = state.popFirst(lane) {
        guard state.entries[request.id]?.request === request else { continue }
        state.entries[request.id]?.isWaiting = false
        switch lane {
        case .work, .background:
          state.pending -= 1
          state.pendingBytes -= request.size
          state.running += 1
        case .job, .training:
          state.waitingJobs -= 1
          state.pendingBytes -= request.size
        case .control, .held, .end: break
        }
        return .done(request)
      }
      return state.isStopped ? .done(nil) : .sleep(until: nil)
    }
  }

  /// Strikes a request off and queues its terminal frame, in one step: whoever sees the board empty finds every answer
  /// in the pipe's queue, and the id is free before the parent can know the answer.
  func remove(_ request: ActiveRequest, _ send: () -> Void) {
    state.update { state in
      send()
      guard let entry = state.entries[request.id], entry.request === request else { return }
      state.entries[request.id] = nil
      if let series = entry.series { state.leave(entry, series) }
      if entry.lane == .held { state.held -= 1 }
      if entry.lane.isJob, entry.isWaiting {
        state.waitingJobs -= 1
        state.pendingBytes -= request.size
        if state.trainings.count > 2 * state.waitingJobs + RequestBoard.jobBound {
          state.trainings.keep { waiting in state.entries[waiting.id]?.request === waiting }
        }
        if state.jobs.count > 2 * state.waitingJobs + RequestBoard.jobBound {
          state.jobs.keep { waiting in state.entries[waiting.id]?.request === waiting }
        }
      }
      guard entry.lane.isCounted else { return }
      if entry.isWaiting {
        state.pending -= 1
        state.pendingBytes -= request.size
        if state.work.count > 2 * state.pending + 64 {
          state.work.keep { turn in
            guard case .request(let waiting) = turn else { return true }
            return state.entries[waiting.id]?.request === waiting
          }
        }
        if state.background.count > 2 * state.pending + 64 {
          state.background.keep { waiting in state.entries[waiting.id]?.request === waiting }
        }
      } else {
        state.running -= 1
      }
    }
  }

  /// The waiting requests whose deadline has passed, as soon as there are any. Nil when the worker stops.
  func expired() -> [ActiveRequest]? {
    state.wait { state in
      if state.isStopped { return .done(nil) }
      let now = Moment.now
      var next: Moment?
      var expired: [ActiveRequest] = []
      for entry in state.entries.values where entry.isWaiting {
        guard let deadline = entry.request.deadline else { continue }
        if deadline <= now { expired.append(entry.request) } else { next = min(next ?? deadline, deadline) }
      }
      return expired.isEmpty ? .sleep(until: next) : .done(expired)
    }
  }

  // MARK: The end

  /// Notes why the worker should end, and by when at the latest. From now on nothing is admitted.
  func end(_ cause: EndCause, limit: Moment?) {
    state.update {
      $0.causes.append((cause, limit))
      $0.isClosed = true
    }
  }

  /// Waits until there is a reason to end and everything admitted is answered, or the time for it is up.
  ///
  /// - Returns: the causes so far, and whether everything was answered.
  func waitForEnd(until hardLimit: Moment? = nil) -> (causes: [EndCause], isIdle: Bool) {
    state.wait { state in
      guard !state.causes.isEmpty else { return .sleep(until: nil) }
      let causes = state.causes.map(\.cause)
      if state.entries.values.allSatisfy({ $0.lane == .end }) { return .done((causes, true)) }
      let limit = (state.causes.compactMap(\.limit) + [hardLimit].compactMap { $0 }).min()
      if let limit, Moment.now >= limit { return .done((causes, false)) }
      return .sleep(until: limit)
    }
  }

  /// Waits until there is a reason to end and nothing is left that those who hold on could wait for.
  ///
  /// - Returns: the causes so far.
  func waitForQuiet() -> [EndCause] {
    state.wait { state in
      guard !state.causes.isEmpty else { return .sleep(until: nil) }
      let causes = state.causes.map(\.cause)
      if state.entries.values.allSatisfy({ !$0.lane.isCounted }) { return .done(causes) }
      let limit = state.causes.compactMap(\.limit).min()
      if let limit, Moment.now >= limit { return .done(causes) }
      return .sleep(until: limit)
    }
  }

  /// The unfinished requests that wait for others.
  var held: [ActiveRequest] { state.read { $0.entries.values.filter { $0.lane == .held }.map(\.request) } }

  /// Waits a little longer for the last answers.
  func waitForIdle(until limit: Moment) -> Bool {
    state.wait { state in
      if state.entries.values.allSatisfy({ $0.lane == .end }) { return .done(true) }
      return Moment.now >= limit ? .done(false) : .sleep(until: limit)
    }
  }

  /// The earliest moment at which the worker must be gone, if there is one.
  var limit: Moment? { state.read { $0.causes.compactMap(\.limit).min() } }

  /// Sends the threads home.
  func stop() {
    state.update {
      $0.isStopped = true
      $0.isClosed = true
    }
  }
}

/// Why the worker ends.
enum EndCause: Sendable {
  /// The parent closed stdin.
  case endOfInput
  /// Reading stdin failed with this `errno`.
  case inputFailed(Int32)
  /// The bytes on stdin are no frames.
  case framing(FrameError)
  /// A `shutdown` request.
  case shutdown
  /// SIGTERM or SIGINT.
  case signal
  /// Nobody reads stdout any more; `errno`.
  case outputClosed(Int32)
  /// The parent is gone, though the pipe is open.
  case parentGone

  /// Whether what is not done yet is not wanted any more.
  var isHasty: Bool {
    switch self {
    case .signal, .outputClosed: true
    case .endOfInput, .inputFailed, .framing, .shutdown, .parentGone: false
    }
  }

  /// One word for the log.
  var name: String {
    switch self {
    case .endOfInput: "endOfInput"
    case .inputFailed: "inputFailed"
    case .framing: "badFrame"
    case .shutdown: "shutdown"
    case .signal: "signal"
    case .outputClosed: "outputClosed"
    case .parentGone: "parentGone"
    }
  }

  /// The exit status this cause asks for (sysexits.h): 65 for bad data, 74 for a broken pipe.
  var exitStatus: Int32 {
    switch self {
    case .framing: 65
    case .outputClosed, .inputFailed: 74
    case .endOfInput, .shutdown, .signal, .parentGone: 0
    }
  }
}
