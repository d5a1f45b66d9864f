import FoundationEssentials
import Protocol

/// A line of the supervisor's log: one JSON object, like the worker's own.
enum LogLine {
  static func bytes(_ level: LogLevel, _ message: String) -> [UInt8] {
    let line = Line(level: level.rawValue, message: message, source: "supervisor", time: Date.now.ISO8601Format())
    return ((try? WireJSON.encode(line)) ?? []) + [UInt8(ascii: "\n")]
  }

  private struct Line: Encodable {
    var level: String
    var message: String
    var source: String
    var time: String
  }
}
