internal import Protocol
internal import Synchronization

/// One request from its arrival to its terminal frame; the small state machine behind "exactly one terminal frame".
///
///     waiting -> running -> finished
///        \___________________^
///
/// Whoever calls ``finish(_:)`` first sends the terminal frame; every later attempt, and every later event, is
/// dropped. Frames are queued under the request's lock, so no event can slip in behind the terminal frame.
final class ActiveRequest: Sendable {
  private enum Stage { case waiting, running, finished }

  private struct State {
    var stage = Stage.waiting
    var stopCode: ErrorCode?
    var work: Work?
    var progress: Float?
    var isConcluding = false
    var wake: (@Sendable () -> Void)?
  }

  /// What the request brought along; let go of as soon as it is finished.
  struct Work: Sendable {
    var call: PreparedCall
    var attachments: [RequestAttachment]
  }

  let id: RequestID
  let method: String
  let key: String?
  let arrival: Moment
  let deadline: Moment?
  /// Bytes it holds while it waits.
  let size: Int
  /// Where it stands in a series of requests; `nil` when it stands alone.
  let place: SeriesPlace?
  private let state: Mutex<State>

  init(id: RequestID, method: String, key: String?, arrival: Moment, deadline: Moment?, size: Int, work: Work?) {
    self.id = id
    self.method = method
    self.key = key
    self.arrival = arrival
    self.deadline = deadline
    self.size = size
    place = work?.call.place
    state = Mutex(State(work: work))
  }

  /// Starts the work. Nil when the request was finished while it waited.
  func begin() -> Work? {
    state.withLock { state in
      guard state.stage == .waiting, let work = state.work else { return nil }
      state.stage = .running
      state.work = nil
      return work
    }
  }

  /// How far a job is, 0 to 1, once it has said so.
  var progress: Float? {
    get { state.withLock { $0.progress } }
    set { state.withLock { $0.progress = newValue } }
  }

  /// Asks running work to stop at its next checkpoint with this code. The first code counts.
  func stop(_ code: ErrorCode) {
    let wake = state.withLock { state in
      state.stopCode = state.stopCode ?? code
      return state.wake
    }
    wake?()
  }

  /// Tells work that waits for others that none will come any more: it should make do with what it has.
  func conclude() {
    let wake = state.withLock { state in
      state.isConcluding = true
      return state.wake
    }
    wake?()
  }

  /// Whether nothing is to come that the work could wait for.
  var isConcluding: Bool { state.withLock { $0.isConcluding } }

  /// Has `wake` called, on any thread, when the request is told to stop or to conclude. Not called for the past.
  func whenTold(_ wake: @escaping @Sendable () -> Void) {
    state.withLock { if $0.stage != .finished { $0.wake = wake } }
  }

  /// Why the work should stop now, if it should.
  var stopCode: ErrorCode? {
    if let code = state.withLock({ $0.stopCode }) { return code }
    if let deadline, Moment.now >= deadline { return .deadlineExceeded }
    return nil
  }

  /// Whether the work has started and is not finished.
  var isRunning: Bool { state.withLock { $0.stage == .running } }

  /// Whether the terminal frame was sent.
  var isFinished: Bool { state.withLock { $0.stage == .finished } }

  /// Runs `send` and nothing else for this request, unless it is finished.
  func event(_ send: () -> Void) {
    state.withLock { if $0.stage != .finished { send() } }
  }

  /// Runs `send` if nobody finished the request before, and finishes it.
  ///
  /// - Parameter onlyWaiting: leave a request alone whose work has started.
  /// - Returns: whether `send` was run.
  @discardableResult
  func finish(onlyWaiting: Bool = false, _ send: () -> Void) -> Bool {
    state.withLock { state in
      guard state.stage != .finished, !(onlyWaiting && state.stage == .running) else { return false }
      state.stage = .finished
      state.work = nil
      state.wake = nil
      send()
      return true
    }
  }
}
