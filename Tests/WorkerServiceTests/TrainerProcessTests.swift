import Glibc
import Protocol
import Testing

@testable import WorkerService

/// What a worker makes of a child that does not do what a trainer does.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TrainerProcessTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    // As the worker does: writing to somebody who is gone is an error, not a signal.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Starts a shell script in the place of the trainer. Its errors go nowhere, and what it waits with takes its place: nothing of it
  /// may outlive the test and hold its output.
  private func start(_ script: String) throws -> TrainerProcess {
    let path = folder.file("trainer", Array("#!/bin/sh\nexec 2>/dev/null\n\(script)\n".utf8))
    chmod(path, 0o700)
    return try TrainerProcess(program: path)
  }

  /// How it died, waiting for it; `nil` when a frame came first.
  private func death(_ trainer: TrainerProcess) -> String? {
    for _ in 0..<200 {
      switch trainer.next(waitingMilliseconds: 100) {
      case .quiet: continue
      case .frame: return nil
      case .died(let how): return how
      }
    }
    return nil
  }

  private func isGone(_ trainer: TrainerProcess) -> Bool { kill(trainer.pid, 0) == -1 && errno == ESRCH }

  @Test func aMissingProgramIsSaid() {
    let error = #expect(throws: WireError.self) { try TrainerProcess(program: folder.path + "/none") }
    #expect(error?.code == .outOfMemory)
  }

  @Test func anExitIsToldWithItsStatus() throws {
    #expect(death(try start("exit 3")) == "It exited with status 3.")
    #expect(death(try start("kill -9 $$"))?.contains("Signal 9") == true)
  }

  @Test(arguments: [
    "echo this is no frame; exec sleep 60", "printf '\\377\\377\\377\\377'; exec sleep 60",
    // A frame of 1 MiB, four times as much as a trainer may send.
    "printf '\\000\\020\\000\\000\\372\\001\\021\\000'; exec sleep 60",
  ])
  func bytesThatAreNoFramesEndIt(script: String) throws {
    let trainer = try start(script)
    #expect(death(trainer) == "It sent bytes that are no frames.")
    #expect(isGone(trainer))
  }

  @Test func whatIgnoresTheSignalIsKilled() throws {
    let trainer = try start("trap '' TERM; exec 1>&-; while :; do sleep 0.1; done")
    usleep(100_000)
    let began = Moment.now
    trainer.stop()
    #expect(isGone(trainer))
    #expect(Moment.now.milliseconds(since: began) < 3_000)
    // A second time is nothing.
    trainer.stop()
  }

  /// A trainer that does not read must not hold its worker for ever.
  @Test func sendingToSomebodyWhoDoesNotReadCanBeStopped() throws {
    struct Enough: Error {}
    let trainer = try start("exec sleep 60")
    var calls = 0
    #expect(throws: Enough.self) {
      _ = try trainer.send(TrainerMessage(run: true), [UInt8](repeating: 1, count: 1 << 20)) {
        calls += 1
        if calls == 2 { throw Enough() }
      }
    }
    #expect(calls == 2)
    let gone = try start("exit 0")
    _ = death(gone)
    #expect(try gone.send(TrainerMessage(run: true), [1, 2, 3]) {} == false)
  }
}
