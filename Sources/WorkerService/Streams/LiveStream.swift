internal import FacePipeline
internal import Protocol
import Synchronization

/// How the frames of a stream are answered.
struct StreamSettings: Sendable {
  var topK = 5
  var rule = DecisionRule.hybrid
  /// The score an identity needs; the rules' own when nil.
  var threshold: Float?
  /// Shorter side in pixels of the smallest face to look for.
  var minFaceSize = QualityCheck.smallestSide
  var maxFaces = 20
}

/// One stream: how many frames came, what its faces did so far, and the captures that wait for more of them.
///
/// Two locks: the books are held for moments only, by any thread; the scene for as long as a frame is worked on. Lock
/// order: the scene, then the books, then a capture's.
final class LiveStream: Sendable {
  private struct Books {
    var arrived = 0
    var dropped = 0
    var tracks = 0
    var lastUse = Moment.now
    var isClosed = false
    var captures: [OpenCapture] = []
  }

  let id: String
  let settings: StreamSettings
  private let books = Mutex(Books())
  private let scene = Mutex(StreamScene())

  init(id: String, settings: StreamSettings) {
    self.id = id
    self.settings = settings
  }

  // MARK: Frames

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

  /// Works on a frame, one at a time. When `body` throws, the scene stays as it was.
  func work<Result: Sendable>(
    _ body: (inout StreamScene, [OpenCapture]) throws -> Result
  ) throws -> Result {
    try scene.withLock { scene in
      let captures = try books.withLock { books in
        guard !books.isClosed else { throw StreamTable.lost }
        books.lastUse = .now
        books.captures.removeAll { !$0.isOpen }
        return books.captures
      }
      var next = scene
      let result = try body(&next, captures)
      scene = next
      books.withLock { $0.tracks = next.tracker.count }
      return result
    }
  }

  // MARK: Captures

  /// Begins to gather crops of a track.
  ///
  /// - Throws: `noFace` when there is no such track, `busy` when it is being captured already, `sessionLost`.
  func capture(_ track: Int, count: Int, models: ActiveModels) throws(WireError) -> OpenCapture {
    try scene.withLock { (scene) throws(WireError) in
      guard let found = scene.tracker[track] else {
        throw WireError(
          .noFace, "The stream has no track \(track) now.", details: ["track": .integer(Int64(track))])
      }
      let isCurrent = scene.recognizer == models.identity
      let capture = OpenCapture(
        track: track, recognizer: models.identity,
        Capture(count: count, appearance: isCurrent ? found.appearance : Appearance()))
      try books.withLock { (books) throws(WireError) in
        guard !books.isClosed else { throw StreamTable.lost }
        books.captures.removeAll { !$0.isOpen }
        guard !books.captures.contains(where: { $0.track == track }) else {
          throw WireError(.busy, "Track \(track) is being learned already.", retryAfterMs: 1_000)
        }
        books.captures.append(capture)
        books.lastUse = .now
      }
      return capture
    }
  }

  /// Lets go of a capture that nobody waits for any more.
  func release(_ capture: OpenCapture) {
    capture.fail(StreamTable.lost)
    books.withLock { books in books.captures.removeAll { $0 === capture } }
  }

  // MARK: The end

  /// Whether nobody used it for so long.
  func isIdle(afterMs limit: Int) -> Bool {
    books.withLock { books in
      // In this order: a capture's lock may be held for a while, but not where no frame comes.
      Moment.now.milliseconds(since: books.lastUse) > Double(limit) && !books.captures.contains(where: \.isOpen)
    }
  }

  /// What `stream.close` tells.
  var counts: StreamClose.Result {
    books.withLock { StreamClose.Result(frames: $0.arrived, dropped: $0.dropped, tracks: $0.tracks) }
  }

  /// Ends it, and with it its captures; frames that wait find it closed.
  func close() {
    let captures = books.withLock { books in
      books.isClosed = true
      return books.captures
    }
    for capture in captures { capture.fail(StreamTable.lost) }
  }
}
