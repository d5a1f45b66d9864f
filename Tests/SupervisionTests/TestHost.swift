import Foundation
import Protocol
import Synchronization
import Testing

@testable import Supervision

/// A host in this process: sends requests through a supervisor and keeps everything that comes back.
final class TestHost: Sendable {
  private let frames = Mutex<[Frame]>([])
  private let logged = Mutex(0)

  /// Runs `body` with a host, a fake worker and the supervisor between them, then ends all three.
  ///
  /// - Returns: the supervisor's exit status.
  @discardableResult
  static func run(
    _ options: [String] = [], adjust: (inout SupervisorOptions) -> Void = { _ in },
    _ body: (TestHost, Supervisor, FakeWorker) throws -> Void
  ) throws -> Int32 {
    let worker = try FakeWorker()
    defer { worker.remove() }
    var supervision = SupervisorOptions()
    supervision.backoff = Backoff(first: .milliseconds(5), cap: .milliseconds(20))
    adjust(&supervision)
    let host = TestHost()
    let supervisor = Supervisor(
      command: worker.command() + options, options: supervision,
      log: { line in host.logged.withLock { $0 += line.count } },
      deliver: { frame in
        host.frames.withLock { $0.append(frame) }
        return true
      })
    supervisor.start()
    try body(host, supervisor, worker)
    supervisor.finish()
    let status = supervisor.waitUntilExit()
    for process in worker.processes {
      #expect(!FakeWorker.isOurZombie(process), "process \(process) was not reaped")
      #expect(!FakeWorker.isRunning(process), "process \(process) is left behind")
    }
    return status
  }

  /// Everything that came so far.
  var received: [Frame] { frames.withLock { $0 } }

  /// Bytes of log that came so far.
  var logBytes: Int { logged.withLock { $0 } }

  /// The terminal frames of an id: what the result says, or the code of the error.
  func terminals(_ id: UInt64) -> [String] {
    received.filter { $0.id.value == id && $0.kind.isTerminal }.map { frame in
      frame.kind == .error ? error(frame)?.code.rawValue ?? "?" : String(decoding: frame.json, as: UTF8.self)
    }
  }

  /// The error answer of an id.
  func error(_ id: UInt64) -> WireError? { received.last { $0.id.value == id }.flatMap(error) }

  private func error(_ frame: Frame) -> WireError? {
    try? JSONDecoder().decode(ErrorBody.self, from: Data(frame.json)).error
  }

  /// Waits until `condition` holds; records an issue after 20 seconds.
  func wait(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, until condition: (TestHost) -> Bool
  ) {
    let end = ContinuousClock.now + .seconds(20)
    while !condition(self) {
      guard ContinuousClock.now < end else {
        Issue.record(what, sourceLocation: sourceLocation)
        return
      }
      usleep(2_000)
    }
  }
}

extension Frame {
  /// A request as a host writes it.
  static func request(
    _ id: UInt64, _ method: String, _ params: String = "", key: String? = nil, attachment: Int = 0
  ) -> Frame {
    let key = key.map { #","key":"\#($0)""# } ?? ""
    return Frame(
      kind: .request, id: RequestID(id) ?? .connection, json: #"{"method":"\#(method)","params":{\#(params)}\#(key)}"#,
      attachments: [UInt8](repeating: 7, count: attachment))
  }
}
