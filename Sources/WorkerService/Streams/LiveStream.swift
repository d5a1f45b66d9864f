internal import Protocol
import Synchronization

/// How the frames of a stream are answered.
struct StreamSettings: Sendable {
  var topK = 5
  var rule = DecisionRule.hybrid
  /// The score an identity needs; the rules' own when nil.
  var threshold: Float?
  /// Shorter side in pixels of the smallest face to look for.
  var minFaceSize = 40.0
  var maxFaces = 20
}

/// One stream: how many frames came, and what its faces did so far.
final class LiveStream: Sendable {
  private struct Books {
    var arrived = 0
    var dropped = 0
    var tracks = 0
    var lastUse = Moment.now
    /// Requests that keep it from being idle.
    var holds = 0
    var isClosed = false
  }

  let id: String
  let settings: StreamSettings
  private let books = Mutex(Books())

  init(id: String, settings: StreamSettings) {
    self.id = id
    self.settings = settings
  }

  // MARK: Books; held for a moment only

  /// Counts a frame that came in and returns its number, from 1.
  func arrive() -> Int {
    books.withLock { books in
      books.arrived += 1
      books.lastUse = .now
      return books.arrived
    }
  }

  /// Counts a frame that was replaced by a newer one.
  func drop() { books.withLock { $0.dropped += 1 } }

  /// Whether it was closed.
  var isClosed: Bool { books.withLock { $0.isClosed } }

  /// Whether nobody used it for so long.
  func isIdle(afterMs limit: Int) -> Bool {
    books.withLock { $0.holds == 0 && Moment.now.milliseconds(since: $0.lastUse) > Double(limit) }
  }

  /// What `stream.close` tells.
  var counts: StreamClose.Result {
    books.withLock { StreamClose.Result(frames: $0.arrived, dropped: $0.dropped, tracks: $0.tracks) }
  }

  /// Ends it: what still works on it stops at its next step.
  func close() { books.withLock { $0.isClosed = true } }
}
