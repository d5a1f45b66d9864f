import Foundation
import Protocol
import TestSupport

/// One run of the worker in text mode.
enum TextRun {
  /// Sends all of `text`, closes stdin, and returns the lines that came.
  static func run(
    _ text: String, _ options: [String] = [], data: String = ":memory:"
  ) throws -> (lines: [JSONValue], end: WorkerProcess.End) {
    let worker = try WorkerProcess(["--json-lines"] + options, data: data)
    try worker.host.send(Array(text.utf8))
    worker.host.closeInput()
    let printed = output(of: worker)
    let lines = try printed.split(separator: 0x0A).map { try WireJSON.object($0) }
    return (lines, try worker.wait())
  }

  /// Everything a worker prints until it closes stdout.
  static func output(of worker: WorkerProcess) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(worker.host.outputDescriptor, &buffer, buffer.count), count > 0 {
      all += buffer.prefix(count)
    }
    return all
  }
}
