import Foundation
import Glibc
import Protocol
import Testing

@testable import Supervision

/// The program `face-supervisor` itself.
@Suite struct CommandTests {
  /// It is built beside the tests.
  private static let program: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: tests).deletingLastPathComponent().appending(path: "face-supervisor").path
  }()

  @Test func servesOnStandardStreams() throws {
    let run = try CommandRun(worker: [])
    run.send(.request(1, "detect"))
    run.send(.request(2, "embed", #""crash":1"#))
    run.finish()
    let frames = try run.frames()
    #expect(frames.map(\.kind) == [.ready, .result, .event, .result])
    #expect(frames.map(\.id.value) == [0, 1, 0, 2])
    #expect(run.status() == 0)
  }

  @Test func workersStatusIsItsOwn() throws {
    let run = try CommandRun(worker: ["--status-5"])
    run.finish()
    _ = try run.frames()
    #expect(run.status() == 5)
  }

  @Test func textInsteadOfFrames() throws {
    let run = try CommandRun(worker: [])
    _ = run.child.input.write(Array("GET / HTTP/1.1\r\n\r\n".utf8))
    let frames = try run.frames()
    #expect(frames.last?.kind == .error)
    #expect(frames.last?.id == .connection)
    #expect(frames.last.map { String(decoding: $0.json, as: UTF8.self).contains("47 45 54 20") } == true)
    #expect(run.status() == 65)
  }

  @Test func killedSupervisorTakesTheWorkerWithIt() throws {
    let run = try CommandRun(worker: [])
    run.send(.request(1, "detect"))
    run.wait("the worker's start") { run.fake.journal.contains("1 detect -") }
    kill(run.child.pid, SIGKILL)
    #expect(run.status() == 128 + SIGKILL)
    run.wait("the worker's end of input") { run.fake.journal.contains("1 eof") }
    run.wait("the worker's end") { run.fake.processes.allSatisfy { !FakeWorker.isRunning($0) } }
  }

  @Test func hangUpReplacesAndTerminationFinishes() throws {
    let run = try CommandRun(worker: [])
    run.send(.request(1, "detect"))
    run.wait("the worker's start") { run.fake.journal.contains("1 detect -") }
    kill(run.child.pid, SIGHUP)
    run.wait("the replacement") { run.fake.journal.contains("1 eof") }
    kill(run.child.pid, SIGTERM)
    #expect(run.status() == 0)
    #expect(run.fake.journal.contains("2 eof"))
    run.finish()
  }

  @Test func hostThatStopsListening() throws {
    let run = try CommandRun(worker: [])
    run.child.output.close()
    run.send(.request(1, "detect"))
    #expect(run.status() == 0)
    #expect(run.fake.journal.last == "1 eof")
  }

  @Test(arguments: [
    ([], "there is no worker"), (["--"], "there is no worker"), (["--window"], "needs a number"),
    (["--max-restarts", "many"], "needs a number"), (["face-worker"], "unknown option"),
    (["--workers", "0", "--", "face-worker"], "from 1 to 64"), (["--metrics"], "needs a file"),
    (["--workers", "2", "--", "face-worker", "--data", ":memory:"], "gallery on disk"),
  ])
  func wrongOptions(options: [String], complaint: String) throws {
    let child = try Child.start([CommandTests.program] + options)
    let errors = CommandRun.readAll(child.errors)
    #expect(String(decoding: errors, as: UTF8.self).contains(complaint))
    #expect(CommandRun.readAll(child.output).isEmpty)
    #expect(CommandRun.status(of: child.pid) == 64)
  }

  /// A run of the program with a fake worker behind it.
  private final class CommandRun {
    let fake: FakeWorker
    let child: Child

    init(worker options: [String]) throws {
      fake = try FakeWorker()
      child = try Child.start([CommandTests.program, "--max-restarts", "3", "--"] + fake.command() + options)
    }

    deinit { fake.remove() }

    func send(_ frame: Frame) {
      guard let bytes = try? FrameEncoder().encode(frame) else { return }
      _ = child.input.write(bytes)
    }

    func finish() { child.input.close() }

    /// Every frame until the end of the output.
    func frames() throws -> [Frame] {
      var decoder = FrameDecoder(from: .worker)
      decoder.append(CommandRun.readAll(child.output))
      var frames: [Frame] = []
      while let frame = try decoder.next() { frames.append(frame) }
      try decoder.finish()
      return frames
    }

    func status() -> Int32 { CommandRun.status(of: child.pid) }

    func wait(_ what: Comment, until condition: () -> Bool) {
      let end = ContinuousClock.now + .seconds(20)
      while !condition() {
        guard ContinuousClock.now < end else {
          Issue.record(what)
          return
        }
        usleep(2_000)
      }
    }

    static func readAll(_ descriptor: Descriptor) -> [UInt8] {
      var all: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = buffer.withUnsafeMutableBytes({ descriptor.read(into: $0) }), count > 0 {
        all += buffer[..<count]
      }
      return all
    }

    static func status(of pid: pid_t) -> Int32 {
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
      return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
  }
}
