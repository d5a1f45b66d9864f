import FoundationEssentials
import Glibc
package import Protocol
internal import Synchronization

/// How much is logged.
package enum LogLevel: String, Comparable, CaseIterable, Sendable {
  /// Every request.
  case debug
  /// Start, end, and what an operator wants to know.
  case info
  /// Bad input, refused requests.
  case error
  /// A defect of the worker.
  case fault

  /// Whether one level says more than the other.
  package static func < (left: LogLevel, right: LogLevel) -> Bool {
    let order = LogLevel.allCases
    return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
  }
}

/// JSON lines on stderr, one object each: `{"event":"start","level":"info","time":"..."}`.
///
/// Never pass a name, a subject id, an embedding, a path or an image. A line is dropped rather than waited for: a
/// parent that does not read stderr must not stop the worker. `dropped` counts what was lost.
package struct Log: Sendable {
  /// Lines below this level are not written.
  package let level: LogLevel
  private let descriptor: Int32
  private let sink: Sink

  /// What all copies of a log share: lines never mix, and losses are counted.
  private final class Sink: Sendable {
    let dropped = Mutex(0)
  }

  /// Longest line that a pipe takes without blocking once it says it is writable.
  private static let atomicSize = 4_096

  /// A log on a descriptor, stderr unless given.
  package init(level: LogLevel = .info, descriptor: Int32 = 2) {
    self.level = level
    self.descriptor = descriptor
    sink = Sink()
  }

  /// Writes one line.
  ///
  /// - Parameters:
  ///   - event: what happened, one word.
  ///   - fields: facts about it, none of them private.
  package func callAsFunction(_ level: LogLevel, _ event: String, _ fields: [String: JSONValue] = [:]) {
    guard level >= self.level else { return }
    var line = fields
    line["time"] = .string(Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(Date.now))
    line["level"] = .string(level.rawValue)
    line["event"] = .string(event)
    sink.dropped.withLock { dropped in
      if dropped > 0 { line["dropped"] = .integer(Int64(dropped)) }
      guard var bytes = try? WireJSON.encode(JSONValue.object(line)) else { return }
      bytes.append(0x0A)
      dropped = write(bytes) ? 0 : dropped + 1
    }
  }

  private func write(_ bytes: [UInt8]) -> Bool {
    guard bytes.count <= Log.atomicSize else { return false }
    var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&watched, 1, 0) == 1, watched.revents & Int16(POLLOUT) != 0 else { return false }
    return bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == bytes.count
  }
}
