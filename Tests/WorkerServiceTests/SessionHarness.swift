import Glibc
import Protocol
import Synchronization
import TestSupport

@testable import WorkerService

/// A session on threads of this process, with a host at the other end of two pipes.
final class SessionHarness {
  let host: TestHost
  let session: Session
  let gate = Gate()
  private let exit = Monitor<Int32?>(nil)

  /// Descriptors of the worker's side.
  private let descriptors: [Int32]

  init(_ change: (inout SessionConfiguration) -> Void = { _ in }) throws {
    let input = try WakePipe.blockingPipe()
    let output = try WakePipe.blockingPipe()
    descriptors = [input.reading, output.writing]
    host = TestHost(input: input.writing, output: output.reading)
    var configuration = SessionConfiguration(
      executors: 2, log: Log(level: .fault), handlesSignals: false, generation: { 42 },
      status: {
        EngineStatus(
          models: [ModelInfo(id: "m", role: "recognizer", sha256: "00", dimension: 128, licence: "CC0")],
          gallery: GalleryStatus(subjects: 3, templates: 9))
      })
    change(&configuration)
    session = try Session(
      configuration: configuration, handlers: TestHandlers.registry(gate),
      ready: Ready(
        version: "0.0.1", pid: 1, bootID: "boot", methods: [], models: [], limits: .standard, instructionSet: "base",
        threads: 1, generation: 42), input: input.reading, output: output.writing)
    let (session, exit, descriptors) = (session, exit, descriptors)
    try ServiceThread("session") {
      let status = session.run()
      descriptors.forEach { close($0) }
      exit.update { $0 = status }
    }.detach()
  }

  deinit { gate.open() }

  /// Waits for the session to end.
  func status(withinMs limit: Int = 20_000) throws -> Int32 {
    let deadline = Moment.now.advanced(byMs: limit)
    let status: Int32? = exit.wait { status in
      status != nil || Moment.now >= deadline ? .done(status) : .sleep(until: deadline)
    }
    guard let status else { throw TestHost.Failure(description: "the session did not end within \(limit) ms") }
    return status
  }

  /// Waits until `count` requests are inside a handler that waits at the gate.
  func waitForBlocked(_ count: Int) throws {
    guard gate.wait(forVisitors: count) else { throw TestHost.Failure(description: "no handler came to the gate") }
  }
}

/// Where handlers wait until a test lets them go on.
final class Gate: Sendable {
  private let state = Monitor((isOpen: false, visitors: 0))

  /// Blocks the calling handler.
  func pass() {
    state.update { $0.visitors += 1 }
    state.wait { $0.isOpen ? .done(()) : .sleep(until: nil) }
  }

  func open() { state.update { $0.isOpen = true } }

  func close() { state.update { $0 = (false, 0) } }

  func wait(forVisitors count: Int) -> Bool {
    let deadline = Moment.now.advanced(byMs: 20_000)
    return state.wait { state in
      state.visitors >= count || Moment.now >= deadline ? .done(state.visitors >= count) : .sleep(until: deadline)
    }
  }
}

extension WakePipe {
  static func blockingPipe() throws(StreamError) -> (reading: Int32, writing: Int32) {
    let ends = try open()
    for end in [ends.reading, ends.writing] { _ = fcntl(end, F_SETFL, 0) }
    return ends
  }
}
