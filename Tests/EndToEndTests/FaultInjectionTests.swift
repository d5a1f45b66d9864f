import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// `--fault` makes the real worker fail in the real ways that a supervisor is for.
  @Suite struct FaultInjectionTests {
    private static let allowed = ["env", "FACE_WORKER_ALLOW_FAULTS=1"]

    @Test func isRefusedWithoutLeave() throws {
      let worker = try WorkerProcess(["--fault", "exit@status"])
      #expect(try worker.wait() == .exit(64))
    }

    @Test(arguments: [("exit", WorkerProcess.End.exit(70)), ("signal", .signal(SIGSEGV)), ("oom", .signal(SIGKILL))])
    func dies(kind: String, end: WorkerProcess.End) throws {
      let worker = try WorkerProcess(["--fault", kind + "@status:2"], wrapper: Self.allowed)
      _ = try worker.ready()
      try worker.host.request(1, text: #"{"method":"status"}"#)
      _ = try worker.host.reply(1, Status.self)
      try worker.host.request(2, text: #"{"method":"status"}"#)
      #expect(try worker.wait() == end)
    }

    @Test func babbles() throws {
      for kind in ["stdout-noise", "torn-frame"] {
        let worker = try WorkerProcess(["--fault", kind + "@status"], wrapper: Self.allowed)
        _ = try worker.ready()
        try worker.host.request(1, text: #"{"method":"status"}"#)
        #expect(throws: (any Error).self) { _ = try worker.host.terminal(1) }
      }
    }
  }
}
