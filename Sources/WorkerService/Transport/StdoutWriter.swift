import Glibc

/// The one owner of the pipe to the parent: frames go in whole, a thread of its own writes them in order.
///
/// Memory is bounded: ``waitForRoom(_:)`` holds back whoever has an answer while `limit` bytes wait to be read. Answers
/// of the reading thread (pings, refusals) may use a reserve beyond that, so that a parent that is slow to read still
/// gets them.
final class StdoutWriter: Sendable {
  /// Who has something to send.
  enum Sender: Sendable {
    /// A request's answer or event.
    case work
    /// The thread that reads stdin.
    case reader
  }

  private struct State {
    var frames: [[UInt8]] = []
    var bytes = 0
    var isClosing = false
    var failure: Int32?
  }

  /// Bytes that the reading thread may queue beyond the limit.
  static let reserve = 1_048_576

  private let state = Monitor(State())
  private let descriptor: Int32
  private let limit: Int
  private let mirror: MirrorFile?

  init(descriptor: Int32, limit: Int, mirror: MirrorFile? = nil) {
    self.descriptor = descriptor
    self.limit = limit
    self.mirror = mirror
  }

  /// Bytes that the parent has not read yet.
  var waitingBytes: Int { state.read { $0.bytes } }

  /// The error that closed the pipe, if it is closed.
  var failure: Int32? { state.read { $0.failure } }

  /// Waits until the parent has read enough; returns at once when the pipe is closed.
  func waitForRoom(_ sender: Sender) {
    let allowed = sender == .work ? limit : limit + StdoutWriter.reserve
    state.wait { $0.bytes < allowed || $0.failure != nil || $0.isClosing ? .done(()) : .sleep(until: nil) }
  }

  /// Queues a whole frame. Never blocks; dropped when the pipe is closed.
  func push(_ frame: [UInt8]) {
    state.update {
      guard $0.failure == nil else { return }
      $0.frames.append(frame)
      $0.bytes += frame.count
    }
  }

  /// Waits until everything is written, the pipe is closed, or the moment has come.
  ///
  /// - Returns: whether everything was written.
  func drain(until limit: Moment? = nil) -> Bool {
    state.wait { state in
      if state.failure != nil { return .done(false) }
      if state.bytes == 0 { return .done(true) }
      if let limit, Moment.now >= limit { return .done(false) }
      return .sleep(until: limit)
    }
  }

  /// Ends ``run(onFailure:)`` after what is queued.
  func finish() { state.update { $0.isClosing = true } }

  /// Writes frames until ``finish()``. The body of the writing thread.
  ///
  /// - Parameter onFailure: called once when the pipe breaks, with `errno`.
  func run(onFailure: (Int32) -> Void) {
    while let frames = nextBatch() {
      for part in StdoutWriter.joined(frames) {
        mirror?.write(part)
        if let code = write(part) {
          state.update {
            $0.failure = code
            $0.frames = []
            $0.bytes = 0
          }
          onFailure(code)
          return
        }
        state.update { $0.bytes -= part.count }
      }
    }
  }

  private func nextBatch() -> [[UInt8]]? {
    state.wait { state in
      if !state.frames.isEmpty {
        let frames = state.frames
        state.frames = []
        return .done(frames)
      }
      return state.isClosing ? .done(nil) : .sleep(until: nil)
    }
  }

  /// Small frames glued together, to save system calls.
  private static func joined(_ frames: [[UInt8]]) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    for frame in frames {
      if let last = parts.last, last.count + frame.count <= 65_536 {
        parts[parts.count - 1].append(contentsOf: frame)
      } else {
        parts.append(frame)
      }
    }
    return parts
  }

  /// Writes all bytes; returns `errno` when the pipe is broken.
  private func write(_ bytes: [UInt8]) -> Int32? {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let count = Glibc.write(descriptor, part.baseAddress, part.count)
        if count >= 0 {
          rest = rest.dropFirst(count)
        } else if errno == EAGAIN {
          var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&watched, 1, -1)
        } else if errno != EINTR {
          return errno
        }
      }
      return nil
    }
  }
}
