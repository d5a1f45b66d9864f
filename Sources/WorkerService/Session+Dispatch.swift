internal import Protocol

extension Session {
  /// When a refused job may be sent again: nobody knows how long the others take.
  private static let jobRetryMs = 5_000

  /// Takes a message on the reading thread: answers what can be answered at once, queues the rest. Waits for nothing
  /// but a parent that does not read (and, in text mode, for room in the queue).
  ///
  /// - Throws: ``FrameError`` `duplicateID`: the answer to that id could be taken for the wrong request's, which in
  ///   face recognition means the wrong person; better to lose the connection.
  func dispatch(_ message: Incoming) throws(FrameError) {
    configuration.faults?.holdIfHung()
    switch message {
    case .cancel(let id):
      guard let request = board.find(id) else { return }
      cancel(request, from: .reader)
    case .unreadable(nil, let error):
      metrics.received()
      metrics.answered(nil, code: error.code, milliseconds: 0)
      writer.waitForRoom(.reader)
      send(.error, nil, json: encoded(error))
    case .unreadable(let id?, let error):
      try refuse(newRequest(id, method: nil), error)
    case .request(let id, let json, let attachments, let size):
      try accept(id, json, attachments, size: size)
    }
  }

  /// Answers a waiting request `cancelled`, and tells a running one to stop at its next checkpoint.
  func cancel(_ request: ActiveRequest, from sender: StdoutWriter.Sender) {
    request.stop(.cancelled)
    fail(request, RequestContext.stopped(.cancelled), onlyWaiting: true, from: sender)
  }

  private func newRequest(
    _ id: RequestID, method: String?, envelope: RequestEnvelope? = nil, size: Int = 0, work: ActiveRequest.Work? = nil
  ) -> ActiveRequest {
    let now = Moment.now
    return ActiveRequest(
      id: id, method: method ?? "", key: envelope?.key, arrival: now,
      deadline: envelope?.deadlineMs.map(now.advanced(byMs:)), size: size, work: work)
  }

  /// Answers a request that never gets a place.
  private func refuse(_ request: ActiveRequest, _ error: WireError) throws(FrameError) {
    try checkUnused(request.id)
    metrics.received()
    fail(request, error, from: .reader)
  }

  /// An id must not be used again before its terminal frame was sent.
  private func checkUnused(_ id: RequestID) throws(FrameError) {
    guard let first = board.find(id) else { return }
    let message = "The id \(id) was used for a second request before the first one was answered."
    first.stop(.cancelled)
    fail(first, WireError(.badFrame, message, details: ["reason": "duplicateID"]), from: .reader)
    throw FrameError(.duplicateID, message)
  }

  private func accept(
    _ id: RequestID, _ json: JSONValue, _ bytes: ArraySlice<UInt8>, size: Int
  ) throws(FrameError) {
    let envelope: RequestEnvelope
    do throws(WireError) {
      envelope = try WireJSON.decode(RequestEnvelope.self, from: json)
      try envelope.validate()
    } catch {
      return try refuse(newRequest(id, method: nil), error)
    }
    let method = envelope.method
    let work: ActiveRequest.Work
    do throws(WireError) {
      work = try prepare(envelope, bytes)
    } catch {
      let isKnown = CommandRegistry.command(named: method) != nil
      return try refuse(newRequest(id, method: isKnown ? method : nil, envelope: envelope), error)
    }
    try checkUnused(id)
    metrics.received()
    let request = newRequest(id, method: method, envelope: envelope, size: size, work: work)
    switch method {
    case Ping.method: succeed(request, result: Array("{}".utf8), timing: nil, from: .reader)
    case Status.method: place(request, .control)
    case Shutdown.method:
      place(request, .end)
      end(.shutdown)
    default: place(request, lane(of: method))
    }
  }

  /// In text mode everything runs in the order of the lines, jobs too; but what waits for later lines must let them pass.
  private func lane(of method: String) -> RequestBoard.Lane {
    if handlers[method]?.isHeld ?? false { return .held }
    guard configuration.mode == .frames, let handler = handlers[method] else { return .work }
    return handler.isTraining ? .training : handler.isJob ? .job : handler.isBackground ? .background : .work
  }

  /// Decodes everything about a request that does not need its images.
  private func prepare(
    _ envelope: RequestEnvelope, _ bytes: ArraySlice<UInt8>
  ) throws(WireError) -> ActiveRequest.Work {
    let rule: AttachmentRule
    let call: PreparedCall
    if HandlerRegistry.builtIn.contains(envelope.method) {
      _ = try envelope.params(for: Ping.self)
      rule = .none
      call = PreparedCall(canonicalParams: { [] }, run: { [self] _ in try WireJSON.encode(status()) })
    } else if let handler = handlers[envelope.method] {
      rule = handler.attachments
      call = try handler.prepare(envelope)
    } else {
      let shown = String(envelope.method.prefix(64))
      throw WireError(
        .unknownMethod, "There is no method \"\(shown)\".",
        details: ["methods": .array(handlers.methods.map(JSONValue.string))])
    }
    let attachments = try RequestAttachment.cut(bytes, by: envelope.attachments, limits: configuration.limits)
    try rule.check(attachments, method: envelope.method)
    return ActiveRequest.Work(call: call, attachments: attachments)
  }

  /// The refusal of a request whose time would be up before its turn: to let it wait would push others beyond theirs, and under
  /// a flood nothing would be done in time any more. Nil when it may hope, or when nothing was measured yet.
  private func refusal(ofHopeless request: ActiveRequest, _ lane: RequestBoard.Lane) -> WireError? {
    guard lane == .work, configuration.mode == .frames, request.place == nil, let deadline = request.deadline else {
      return nil
    }
    let pending = board.load.pending
    let left = deadline.milliseconds(since: request.arrival)
    guard pending > 0, let wait = metrics.waitMs(pending: pending, executors: configuration.executors), wait > left
    else { return nil }
    // By then half of its time is enough.
    return WireError(
      .busy, "\(pending) requests wait, which takes longer than this one's deadline.",
      retryAfterMs: Int(min(30_000, max(5, wait - left / 2)).rounded(.up)),
      details: ["pending": .integer(Int64(pending)), "reason": "deadline"])
  }

  private func place(_ request: ActiveRequest, _ lane: RequestBoard.Lane) {
    if let refusal = refusal(ofHopeless: request, lane) { return fail(request, refusal, from: .reader) }
    switch board.admit(request, lane, waiting: configuration.mode == .lines) {
    case .accepted(let replaced):
      if let replaced { drop(replaced) }
      if lane == .held { hold(request) }
    case .closed:
      fail(request, WireError(.busy, "The worker is stopping and takes no more requests."), from: .reader)
    case .full(let pending):
      let wait =
        lane == .job || lane == .training
        ? Session.jobRetryMs : metrics.retryAfterMs(pending: pending, executors: configuration.executors)
      fail(
        request,
        WireError(
          .busy, "The queue is full: \(pending) requests wait.", retryAfterMs: wait,
          details: ["pending": .integer(Int64(pending))]), from: .reader)
    }
  }

  /// Answers a request whose place a newer one of its series has taken.
  private func drop(_ request: ActiveRequest) {
    guard let place = request.place else { return }
    metrics.dropped()
    succeed(request, result: place.drop(), timing: nil, from: .reader)
  }

  /// Serves a request on a thread of its own.
  private func hold(_ request: ActiveRequest) {
    do {
      try ServiceThread("fw-held") { [self] in serve(request, isUsual: false) }.detach()
    } catch {
      let refusal = WireError(.busy, "There are no more threads.", retryAfterMs: Session.jobRetryMs)
      fail(request, refusal, from: .reader)
    }
  }
}
