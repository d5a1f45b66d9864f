internal import Protocol

extension Session {
  /// Time for the pipe to take the last frames after work had to be given up, in milliseconds.
  private static let lastFramesMs = 500

  /// Notes a reason to end. May be called from any thread, more than once.
  func end(_ cause: EndCause) {
    let now = Moment.now
    switch cause {
    case .endOfInput, .inputFailed, .framing, .shutdown: board.end(cause, limit: nil)
    case .parentGone: board.end(cause, limit: now.advanced(byMs: configuration.orphanLimitMs))
    case .signal:
      let isSecond = board.limit != nil
      board.end(cause, limit: isSecond ? now : now.advanced(byMs: configuration.stopLimitMs))
      let error = WireError(
        .cancelled, "The worker was told to stop before the request's turn came.", retry: .later)
      // What a job has done stays, and a repeat goes on from there: it need not wait for the limit. A request that is held
      // would wait for others in vain.
      for job in board.jobs where !job.isWaiting { job.request.stop(.cancelled) }
      for request in board.unfinished(waitingOnly: true) where request.method != Shutdown.method {
        if request.finishable { failNow(request, error) }
      }
    case .outputClosed:
      board.end(cause, limit: now.advanced(byMs: configuration.stopLimitMs))
      for request in board.unfinished() {
        request.stop(.cancelled)
        if request.finishable { failNow(request, RequestContext.stopped(.cancelled)) }
      }
    }
  }

  /// Waits for the end, sees that every accepted request has its answer, and returns the exit status and
  /// whether everything was written.
  func finish() -> (status: Int32, isDelivered: Bool) {
    // A signal may come first here, before its own thread has told them: they must not take it for the end of input.
    let isHasty = board.waitForQuiet().contains(where: \.isHasty)
    for request in board.held { if isHasty { request.stop(.cancelled) } else { request.conclude() } }
    var (causes, isIdle) = board.waitForEnd()
    if !isIdle {
      let unfinished = board.unfinished().filter { $0.method != Shutdown.method }
      unfinished.forEach { $0.stop(.cancelled) }
      isIdle = board.waitForIdle(until: Moment.now.advanced(byMs: Session.lastFramesMs))
      let error = WireError(.cancelled, "The worker was told to stop before the work was done.", retry: .later)
      for request in board.unfinished() where request.method != Shutdown.method { failNow(request, error) }
      causes = board.waitForEnd(until: .now).causes
    }
    for cause in causes {
      if case .framing(let error) = cause {
        configuration.log(.error, "badFrame", ["reason": .string(error.reason.rawValue)])
        send(.error, configuration.mode == .frames ? .connection : nil, json: encoded(error.wireError))
      }
    }
    for request in board.unfinished() {
      succeed(request, result: Array("{}".utf8), timing: nil, from: .reader)
    }
    let isDelivered = drain()
    let status = causes.map(\.exitStatus).reduce(0) { $0 == 65 || $1 == 0 ? $0 : $1 }
    configuration.log(
      .info, "end",
      [
        "causes": .array(causes.map { .string($0.name) }), "status": .integer(Int64(status)), "idle": .bool(isIdle),
        "delivered": .bool(isDelivered),
      ])
    return (status, isDelivered)
  }

  /// Waits for the parent to read the rest: for ever while it lives and nobody told the worker to stop.
  private func drain() -> Bool {
    while true {
      let limit = board.limit.map { max($0, Moment.now.advanced(byMs: Session.lastFramesMs)) }
      let poll = Moment.now.advanced(byMs: 200)
      if writer.drain(until: limit.map { min($0, poll) } ?? poll) { return true }
      if writer.failure != nil { return false }
      if let limit = board.limit, Moment.now >= limit.advanced(byMs: Session.lastFramesMs) { return false }
    }
  }
}

extension ActiveRequest {
  /// Whether its work has not started, so that somebody else may answer it.
  fileprivate var finishable: Bool { !isRunning && !isFinished }
}
