import Glibc
import Protocol
import Testing

@testable import WorkerService

@Suite struct LogTests {
  @Test func writesOneObjectALine() throws {
    let pipe = try WakePipe.open()
    let log = Log(level: .info, descriptor: pipe.writing)
    log(.debug, "quiet")
    log(.info, "start", ["count": 3])
    log(.fault, "defect")
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = read(pipe.reading, &buffer, buffer.count)
    let lines = try buffer.prefix(max(0, count)).split(separator: 0x0A).map { try WireJSON.object($0) }
    #expect(lines.map { $0["event"] } == ["start", "defect"])
    #expect(lines[0]["level"] == "info")
    #expect(lines[0]["count"] == 3)
    guard case .string(let time)? = lines[0]["time"] else { Issue.record("no time"); return }
    #expect(time.hasSuffix("Z"))
    #expect(time.utf8.count == 24)
  }

  /// A parent that never reads stderr: lines are dropped and counted, nobody waits.
  @Test func neverBlocks() throws {
    let pipe = try WakePipe.blockingPipe()
    let log = Log(level: .info, descriptor: pipe.writing)
    for _ in 0..<2_000 { log(.info, "noise", ["filler": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"]) }
    var buffer = [UInt8](repeating: 0, count: 1_000_000)
    _ = read(pipe.reading, &buffer, buffer.count)
    log(.info, "after")
    let count = read(pipe.reading, &buffer, buffer.count)
    let line = try WireJSON.object(buffer.prefix(max(0, count)).dropLast())
    #expect(line["event"] == "after")
    guard case .integer(let dropped)? = line["dropped"] else { Issue.record("nothing was dropped"); return }
    #expect(dropped > 1_000)
  }
}
