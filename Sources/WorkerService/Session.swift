import Glibc
package import Protocol

/// One connection with a parent: reads requests, lets handlers serve them, answers each exactly once, ends in order.
///
/// Threads: one reads and never waits for work, one writes, one answers `status`, one loads models, one runs jobs, one
/// trainings, one watches deadlines, one watches the parent and signals, one writes metrics when they are wanted, and `executors` of them run all other handlers.
package final class Session: Sendable {
  let configuration: SessionConfiguration
  let handlers: HandlerRegistry
  let ready: Ready
  let input: Int32
  let output: Int32
  let board: RequestBoard
  let writer: StdoutWriter
  let format: any OutputFormat
  let metrics = Metrics()
  let metricsStage = Monitor(MetricsStage.done)
  let started = Moment.now
  private let mirrorInput: MirrorFile?

  /// The exit status when the system refuses descriptors or threads (EX_OSERR).
  private static let systemFailure: Int32 = 71

  /// A session over two descriptors.
  ///
  /// - Parameters:
  ///   - ready: what to tell first; `methods` and `limits` are filled in by the session.
  ///   - input: where requests come from, usually ``StandardStreams/input``.
  ///   - output: where answers go, usually ``StandardStreams/output``.
  /// - Throws: ``StreamError`` when a mirror file cannot be written.
  package init(
    configuration: SessionConfiguration, handlers: HandlerRegistry, ready: Ready, input: Int32, output: Int32
  ) throws(StreamError) {
    self.configuration = configuration
    self.handlers = handlers
    self.input = input
    self.output = output
    var ready = ready
    ready.methods = handlers.methods
    ready.limits = configuration.limits
    self.ready = ready
    board = RequestBoard(limits: configuration.limits)
    if let path = configuration.mirrorInput { mirrorInput = try MirrorFile(path: path) } else { mirrorInput = nil }
    var mirrorOutput: MirrorFile?
    if let path = configuration.mirrorOutput { mirrorOutput = try MirrorFile(path: path) }
    writer = StdoutWriter(
      descriptor: output, limit: configuration.limits.maxOutgoingBytes, mirror: mirrorOutput)
    format = configuration.mode.output(limits: configuration.limits)
  }

  /// Says `ready`, serves until the connection ends, and returns the exit status: 0 after end of input, `shutdown` or a
  /// signal; 65 after bytes that are no frames; 74 when a pipe broke; 71 when threads or descriptors ran out.
  ///
  /// Work that does not end in time after a signal is left behind: the caller must exit the process.
  package func run() -> Int32 {
    configuration.log(.info, "start", ["bootID": .string(ready.bootID)])
    do {
      let wake = try WakePipe()
      let threads = try startThreads(wake)
      try startMetrics()
      let (status, isDelivered) = finish()
      finishMetrics()
      writer.finish()
      board.stop()
      wake.wake()
      threads.others.forEach { $0.join() }
      // Stuck in a full pipe that nobody reads, the writing thread would wait for ever.
      if isDelivered { threads.writer.join() } else { threads.writer.detach() }
      return status
    } catch {
      configuration.log(.fault, "startFailed", ["reason": .string("\(error)")])
      return Session.systemFailure
    }
  }

  /// Ends the session as SIGTERM does: waiting requests are answered `cancelled`, running ones get the stop limit.
  package func stop() { end(.signal) }

  // MARK: Threads

  /// Starts all threads; returns those that are sure to end. Executors may be stuck in a handler and are not waited
  /// for; when all is answered they end by themselves.
  private func startThreads(_ wake: WakePipe) throws -> (writer: ServiceThread, others: [ServiceThread]) {
    send(.ready, .connection, json: (try? WireJSON.encode(ready)) ?? [])
    let writing = try ServiceThread("fw-write") { [self] in writer.run { end(.outputClosed($0)) } }
    var others = [
      try ServiceThread("fw-deadlines") { [self] in
        while let expired = board.expired() {
          for request in expired { fail(request, RequestContext.stopped(.deadlineExceeded), onlyWaiting: true) }
        }
      }
    ]
    try ServiceThread("fw-status") { [self] in
      while let request = board.take(.control) { serve(request) }
    }.detach()
    for index in 0..<max(1, configuration.executors) {
      try ServiceThread("fw-work-\(index)") { [self] in
        while let request = board.take(.work) { serve(request) }
      }.detach()
    }
    // Not at low priority itself, nor is the next: while they answer they hold locks that every request needs.
    try ServiceThread("fw-job") { [self] in
      while let request = board.take(.job) { serve(request, isUsual: false) }
    }.detach()
    try ServiceThread("fw-train") { [self] in
      while let request = board.take(.training) { serve(request, isUsual: false) }
    }.detach()
    try ServiceThread("fw-background") { [self] in
      while let request = board.take(.background) { serve(request, isUsual: false) }
    }.detach()
    let watch = ParentWatch(output: output, wake: wake.watched)
    others.append(
      try ServiceThread("fw-watch") { [self] in
        watch.run(handlesSignals: configuration.handlesSignals) { end($0) }
      })
    others.append(try ServiceThread("fw-read") { [self] in readAll(wake.watched) })
    return (writing, others)
  }

  /// The body of the reading thread.
  private func readAll(_ wake: Int32) {
    let reader = StdinReader(descriptor: input, wake: wake)
    var channel = configuration.mode.input(limits: configuration.limits)
    var isLost = false
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: StdinReader.bufferSize, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      switch reader.read(into: buffer) {
      case .bytes(let count):
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        metrics.read(count)
        mirrorInput?.write(bytes)
        // After a framing error the rest is read and dropped, so that the parent is not stuck in a write.
        if isLost { continue }
        channel.append(bytes)
        isLost = !dispatchAll(&channel)
      case .end:
        if isLost { return }
        channel.end()
        if dispatchAll(&channel) { end(.endOfInput) }
        return
      case .failed(let code):
        end(.inputFailed(code))
        return
      case .woken: return
      }
    }
  }

  /// Dispatches every whole message; false when the connection is lost.
  private func dispatchAll(_ channel: inout any InputChannel) -> Bool {
    do throws(FrameError) {
      while let message = try channel.next() { try dispatch(message) }
      return true
    } catch {
      end(.framing(error))
      return false
    }
  }
}
