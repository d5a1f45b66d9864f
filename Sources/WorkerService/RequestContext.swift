internal import Digests
package import Protocol
internal import Synchronization

/// What a handler may ask and do besides computing its result.
package final class RequestContext: Sendable {
  /// A part of a request's work that is timed.
  package enum Stage: Sendable {
    /// Reading and decoding images.
    case decode
    /// Finding faces.
    case detect
    /// Aligning faces and computing embeddings.
    case embed
  }

  private struct State {
    var timing: Timing
    var generation: Int?
    var fingerprint: String?
  }

  /// The method that was called.
  package let method: String
  /// Makes a write idempotent, when the parent gave one.
  package let key: String?
  /// The attachments, in the order of the request.
  package let attachments: [InputAttachment]
  /// The bounds of the session.
  package let limits: Limits

  /// Files that requests may name.
  let paths: PathPolicy

  private let request: ActiveRequest
  private let canonicalParams: @Sendable () -> [UInt8]
  private let send: @Sendable (ActiveRequest, [UInt8]) -> Void
  /// Stops the unfinished requests of a method, or the one of an id among them, and returns their ids.
  let cancelOthers: @Sendable (_ method: String, _ id: String?) -> [String]
  private let state: Mutex<State>

  init(
    _ request: ActiveRequest, _ work: ActiveRequest.Work, configuration: SessionConfiguration, started: Moment,
    cancelOthers: @escaping @Sendable (_ method: String, _ id: String?) -> [String],
    send: @escaping @Sendable (ActiveRequest, [UInt8]) -> Void
  ) {
    self.request = request
    self.send = send
    self.cancelOthers = cancelOthers
    method = request.method
    key = request.key
    limits = configuration.limits
    paths = configuration.paths
    attachments = work.attachments.enumerated().map { index, attachment in
      InputAttachment(attachment, index: index, policy: configuration.paths, maxBytes: configuration.limits.maxFrame)
    }
    canonicalParams = work.call.canonicalParams
    state = Mutex(State(timing: Timing(queueMs: started.milliseconds(since: request.arrival))))
  }

  /// The request's id, for logs.
  package var id: RequestID { request.id }

  /// When the request was read.
  var arrival: Moment { request.arrival }

  /// When its answer is due.
  var deadline: Moment? { request.deadline }

  /// Which request of its series it is, counted as they arrive; `nil` for one that stands alone.
  var seriesNumber: Int? { request.place?.number }

  /// Whether ``checkpoint()`` would throw.
  var isStopped: Bool { request.stopCode != nil }

  /// Whether nothing is to come that a held request could wait for.
  var isConcluding: Bool { request.isConcluding }

  /// Has `wake` called when the request is stopped, or told that nothing is to come. See ``ActiveRequest/whenTold(_:)``.
  func whenTold(_ wake: @escaping @Sendable () -> Void) { request.whenTold(wake) }

  /// Keeps how far the work is for `status`.
  func setProgress(_ share: Float) { request.progress = share }

  /// To be called between stages and between images.
  ///
  /// - Throws: ``WireError`` `cancelled` or `deadlineExceeded` when nobody waits for the answer any more.
  package func checkpoint() throws(WireError) {
    guard let code = request.stopCode else { return }
    throw RequestContext.stopped(code)
  }

  /// The answer to a request that was stopped with a code.
  static func stopped(_ code: ErrorCode) -> WireError {
    switch code {
    case .deadlineExceeded: WireError(code, "The deadline passed before the work was done.")
    default: WireError(.cancelled, "The request was cancelled.")
    }
  }

  /// Sends an event under the request's id. Waits while the parent is slow to read.
  ///
  /// - Throws: ``WireError`` `badParams` when the event is too large for a frame, `internal` when it cannot be encoded.
  package func emit(_ event: some Encodable) throws(WireError) {
    let json = try encode(event)
    guard json.count <= limits.maxJSON else { throw RequestContext.oversized(json.count, limits) }
    send(request, json)
  }

  /// Sends a `progress` event, and keeps how far the work is for `status`.
  ///
  /// - Throws: as ``emit(_:)``.
  package func progress(done: Int, total: Int, stage: String) throws(WireError) {
    request.progress = total > 0 ? min(1, Float(done) / Float(total)) : nil
    try emit(ProgressEvent(done: done, total: total, stage: stage))
  }

  /// Keeps how far the work is, 0 to 1, for `status`.
  func setProgress(_ progress: Float?) { request.progress = progress }

  /// The error for an answer that does not fit into a frame.
  static func oversized(_ size: Int, _ limits: Limits) -> WireError {
    .badParams(
      "The answer has \(size) bytes of JSON; at most \(limits.maxJSON) can be sent. Ask for less "
        + "(maxFaces, topK, limit).")
  }

  /// A value as JSON, the way results are sent; what a handler stores with a `key` for ``ReplayedAnswer``.
  ///
  /// - Throws: ``WireError`` `internal` when a number is not finite.
  package func encode(_ value: some Encodable) throws(WireError) -> [UInt8] {
    do {
      return try WireJSON.encode(value)
    } catch {
      throw WireError(.internal, "An answer could not be written as JSON.")
    }
  }

  // MARK: Timing

  /// Adds to the time of a stage, in milliseconds.
  package func record(_ stage: Stage, milliseconds: Double) {
    state.withLock { state in
      switch stage {
      case .decode: state.timing.decodeMs = (state.timing.decodeMs ?? 0) + milliseconds
      case .detect: state.timing.detectMs = (state.timing.detectMs ?? 0) + milliseconds
      case .embed: state.timing.embedMs = (state.timing.embedMs ?? 0) + milliseconds
      }
    }
  }

  /// Runs a stage and adds its time.
  package func measure<Value, Failure: Error>(
    _ stage: Stage, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let start = Moment.now
    defer { record(stage, milliseconds: Moment.now.milliseconds(since: start)) }
    return try body()
  }

  /// The times so far, the total up to now.
  var timing: Timing {
    var timing = state.withLock { $0.timing }
    timing.totalMs = Moment.now.milliseconds(since: request.arrival)
    return timing
  }

  // MARK: Generation and fingerprint

  /// States the generation this answer belongs to; without it the answer carries the present one.
  package func setGeneration(_ generation: Int) { state.withLock { $0.generation = generation } }

  var generation: Int? { state.withLock { $0.generation } }

  /// SHA-256 over method, parameters and attachments, 64 hexadecimal digits: two requests with one fingerprint ask
  /// for the same thing, however their JSON is written. Files are read for it. Computed once.
  ///
  /// - Throws: ``WireError`` when a file cannot be read.
  package func fingerprint() throws(WireError) -> String {
    if let known = state.withLock({ $0.fingerprint }) { return known }
    let hash = SHA256()
    func add(_ bytes: some Collection<UInt8>) {
      hash.update("\(bytes.count):".utf8)
      hash.update(bytes)
    }
    add(Array(method.utf8))
    add(canonicalParams())
    for attachment in attachments {
      let loaded = try attachment.load()
      add(Array(attachment.name.utf8))
      if let pixels = attachment.pixels {
        add(Array("\(loaded.type) \(pixels.width) \(pixels.height) \(pixels.stride)".utf8))
      }
      add(loaded.bytes)
    }
    let fingerprint = hash.finishHexadecimal()
    state.withLock { $0.fingerprint = fingerprint }
    return fingerprint
  }
}
