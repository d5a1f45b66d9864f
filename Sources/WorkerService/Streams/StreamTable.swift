internal import Protocol
import Synchronization

/// The open streams, by id: bounded, and cleared of those that nobody feeds any more.
final class StreamTable: Sendable {
  /// When a refused `stream.open` may be tried again: nobody knows when a stream will be closed.
  private static let retryMs = 1_000

  private let limits: Limits
  private let streams = Mutex<[String: LiveStream]>([:])

  init(limits: Limits) { self.limits = limits }

  /// Begins a stream.
  ///
  /// - Throws: `busy` when as many are open as may be and none of them is idle.
  func open(_ settings: StreamSettings) throws(WireError) -> LiveStream {
    let stream = LiveStream(id: Self.newID(), settings: settings)
    let idle: [LiveStream]? = streams.withLock { streams in
      let idle = removeIdle(&streams)
      guard streams.count < limits.maxStreams else { return nil }
      streams[stream.id] = stream
      return idle
    }
    guard let idle else {
      throw WireError(
        .busy, "\(limits.maxStreams) streams are open; close one first.", retryAfterMs: Self.retryMs,
        details: ["reason": "maxStreams"])
    }
    idle.forEach { $0.close() }
    return stream
  }

  /// The open stream of an id. Never waits for a frame.
  ///
  /// - Throws: `sessionLost`.
  func find(_ id: String) throws(WireError) -> LiveStream {
    let (found, idle) = streams.withLock { streams in
      let idle = removeIdle(&streams)
      return (streams[id], idle)
    }
    idle.forEach { $0.close() }
    guard let found else { throw Self.lost }
    return found
  }

  /// Takes a stream out and ends it.
  ///
  /// - Throws: `sessionLost`.
  func close(_ id: String) throws(WireError) -> LiveStream {
    guard let stream = streams.withLock({ $0.removeValue(forKey: id) }) else { throw Self.lost }
    stream.close()
    return stream
  }

  /// Streams that are open.
  var count: Int { streams.withLock { $0.count } }

  /// The error for an id that no stream has.
  static var lost: WireError {
    WireError(.sessionLost, "There is no such stream: it was closed, or got no frame for too long, or never was.")
  }

  private func removeIdle(_ streams: inout [String: LiveStream]) -> [LiveStream] {
    let idle = streams.values.filter { $0.isIdle(afterMs: limits.streamIdleMs) }
    for stream in idle { streams[stream.id] = nil }
    return idle
  }

  /// An id that no other stream of any worker has.
  private static func newID() -> String {
    var generator = SystemRandomNumberGenerator()
    let digits = String(generator.next(), radix: 16)
    return "s-" + String(repeating: "0", count: 16 - digits.count) + digits
  }
}
