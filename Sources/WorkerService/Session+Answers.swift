internal import Protocol
internal import Telemetry

extension Session {
  /// Runs a request's handler on the calling thread and answers it.
  ///
  /// - Parameter isUsual: whether its time says how long the next request may take.
  func serve(_ request: ActiveRequest, isUsual: Bool = true) {
    guard let work = request.begin() else { return }
    let started = Moment.now
    if let code = request.stopCode {
      fail(request, RequestContext.stopped(code))
      return
    }
    let context = RequestContext(
      request, work, configuration: configuration, started: started, cancelOthers: { [self] in cancelAll($0, $1) },
      send: { [self] in sendEvent($0, $1) })
    let faults = configuration.faults
    do {
      faults?.strike(request.method, work.attachments, isAfter: false, output: output)
      let result = try work.call.run(context)
      faults?.strike(request.method, work.attachments, isAfter: true, output: output)
      succeed(request, result: result, timing: context.timing, generation: context.generation)
    } catch let replay as ReplayedAnswer {
      succeed(
        request, result: replay.result, timing: context.timing, generation: replay.generation, isReplayed: true)
    } catch {
      let wire = ErrorMapping.wireError(for: error)
      if wire.code == .internal {
        configuration.log(
          .fault, "internal", ["method": .string(request.method), "error": .string("\(type(of: error))")])
      }
      fail(request, wire)
    }
    if isUsual { metrics.served(milliseconds: Moment.now.milliseconds(since: started)) }
  }

  /// Stops the unfinished requests of a method, or the one with an id among them. Returns their ids, by arrival.
  private func cancelAll(_ method: String, _ id: String?) -> [String] {
    board.unfinished().filter { $0.method == method && (id == nil || "\($0.id)" == id) }.map { request in
      cancel(request, from: .work)
      return "\(request.id)"
    }
  }

  /// Answers with a result, unless the request has its answer already.
  func succeed(
    _ request: ActiveRequest, result: [UInt8], timing: Timing?, generation: Int? = nil, isReplayed: Bool = false,
    from sender: StdoutWriter.Sender = .work
  ) {
    let json = reply(
      result, timing: timing ?? Timing(totalMs: Moment.now.milliseconds(since: request.arrival)),
      generation: generation ?? configuration.generation(), isReplayed: isReplayed)
    guard json.count <= configuration.limits.maxJSON else {
      return fail(request, RequestContext.oversized(json.count, configuration.limits), from: sender)
    }
    answer(request, .result, json, code: nil, onlyWaiting: false, from: sender)
  }

  /// Answers with an error, unless the request has its answer already.
  ///
  /// - Parameter onlyWaiting: leave a request alone whose work has started.
  func fail(
    _ request: ActiveRequest, _ error: WireError, onlyWaiting: Bool = false, from sender: StdoutWriter.Sender = .work
  ) {
    if onlyWaiting, request.isRunning { return }
    answer(request, .error, encoded(error), code: error.code, onlyWaiting: onlyWaiting, from: sender)
  }

  private func answer(
    _ request: ActiveRequest, _ kind: FrameKind, _ json: [UInt8], code: ErrorCode?, onlyWaiting: Bool,
    from sender: StdoutWriter.Sender
  ) {
    writer.waitForRoom(sender)
    request.finish(onlyWaiting: onlyWaiting) { conclude(request, kind, json, code: code) }
  }

  /// Answers without waiting for the parent to read; for the very end.
  func failNow(_ request: ActiveRequest, _ error: WireError) {
    let json = encoded(error)
    request.finish { conclude(request, .error, json, code: error.code) }
  }

  /// The last act of a request, under its lock.
  private func conclude(_ request: ActiveRequest, _ kind: FrameKind, _ json: [UInt8], code: ErrorCode?) {
    let milliseconds = Moment.now.milliseconds(since: request.arrival)
    metrics.answered(request.method.isEmpty ? nil : request.method, code: code, milliseconds: milliseconds)
    board.remove(request) { send(kind, request.id, json: json) }
    configuration.log(
      .debug, "answer",
      [
        "id": .integer(Int64(request.id.value)), "method": .string(request.method),
        "code": code.map { .string($0.rawValue) } ?? .null, "ms": .number(milliseconds),
      ])
  }

  private func sendEvent(_ request: ActiveRequest, _ json: [UInt8]) {
    writer.waitForRoom(.work)
    request.event {
      metrics.sentEvent()
      send(.event, request.id, json: json)
    }
  }

  /// Sends an event that belongs to no request, under id 0. Waits while the parent is slow to read.
  package func announce(_ json: [UInt8]) {
    writer.waitForRoom(.work)
    metrics.sentEvent()
    send(.event, .connection, json: json)
  }

  /// Queues a frame for the pipe.
  func send(_ kind: FrameKind, _ id: RequestID?, json: [UInt8]) {
    let bytes = format.encode(kind, id, json: json)
    metrics.wrote(bytes.count)
    writer.push(bytes)
  }

  /// The JSON of an error frame, cut down when its details are too large to send.
  func encoded(_ error: WireError) -> [UInt8] {
    if let json = try? WireJSON.encode(ErrorBody(error: error)), json.count <= configuration.limits.maxJSON {
      return json
    }
    let short = WireError(error.code, String(error.message.prefix(1_000)), retry: error.retry)
    return (try? WireJSON.encode(ErrorBody(error: short))) ?? Array(#"{"error":{"code":"internal"}}"#.utf8)
  }

  /// The JSON of a result frame around the JSON of a result.
  private func reply(_ result: [UInt8], timing: Timing, generation: Int, isReplayed: Bool) -> [UInt8] {
    func rounded(_ milliseconds: Double) -> Double { (milliseconds * 1_000).rounded() / 1_000 }
    let short = Timing(
      queueMs: rounded(timing.queueMs), decodeMs: timing.decodeMs.map(rounded),
      detectMs: timing.detectMs.map(rounded), embedMs: timing.embedMs.map(rounded), totalMs: rounded(timing.totalMs))
    let times = (try? WireJSON.encode(short)) ?? Array("{}".utf8)
    var json = Array("{\"generation\":\(generation)\(isReplayed ? ",\"replayed\":true" : ""),\"result\":".utf8)
    json.reserveCapacity(json.count + result.count + times.count + 16)
    json.append(contentsOf: result)
    json.append(contentsOf: ",\"timing\":".utf8)
    json.append(contentsOf: times)
    json.append(UInt8(ascii: "}"))
    return json
  }

  /// The result of `status`.
  func status() throws -> Status.Result {
    let engine = try configuration.status()
    let load = board.load
    let jobs = board.jobs.map { job in
      JobStatus(
        id: "\(job.request.id)", kind: job.request.method, state: job.isWaiting ? "waiting" : "running",
        progress: job.request.progress)
    }
    return Status.Result(
      version: ready.version, pid: ready.pid, bootID: ready.bootID,
      uptimeMs: Int(Moment.now.milliseconds(since: started)), models: engine.models, gallery: engine.gallery,
      queue: QueueStatus(
        pending: load.pending, pendingBytes: load.pendingBytes, running: load.running,
        outgoingBytes: writer.waitingBytes, classes: board.classes), jobs: jobs + engine.jobs, threads: ready.threads,
      executors: max(1, configuration.executors), instructionSet: ready.instructionSet,
      residentBytes: ProcessFacts.residentBytes() ?? 0, peakResidentBytes: ProcessFacts.peakResidentBytes,
      descriptors: ProcessFacts.descriptors, streams: engine.streams, counters: metrics.counters,
      methods: metrics.latencies)
  }
}
