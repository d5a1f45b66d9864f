import Dispatch
import Protocol
import Synchronization

/// Frames on their way to the host: handed over in order on one thread, which may block for as long as the host likes.
final class Outbox: Sendable {
  private let frames = Mailbox<Frame?>()
  private let waitingBytes = Mutex(0)
  private let room = DispatchSemaphore(value: 0)
  private let emptied = DispatchSemaphore(value: 0)
  private let limit: Int

  /// An outbox that counts as stalled while more than `limit` bytes wait in it.
  init(limit: Int) { self.limit = limit }

  /// Starts handing frames to `deliver`; false when the system has no thread left.
  func start(_ deliver: @escaping @Sendable (Frame) -> Void) -> Bool {
    BlockingThread.start { [self] in
      while true {
        for frame in frames.takeAll() {
          guard let frame else {
            emptied.signal()
            return
          }
          deliver(frame)
          let wasStalled = waitingBytes.withLock { bytes in
            defer { bytes -= Outbox.size(frame) }
            return bytes > limit
          }
          if wasStalled { room.signal() }
        }
      }
    }
  }

  /// Appends a frame; never waits.
  func put(_ frame: Frame) {
    waitingBytes.withLock { $0 += Outbox.size(frame) }
    frames.put(frame)
  }

  /// Whether the host has fallen behind.
  var isStalled: Bool { waitingBytes.withLock { $0 > limit } }

  /// Waits while the host has fallen behind.
  func waitForRoom() {
    // Several threads may wait for one signal; the timeout gives each its turn.
    while isStalled { _ = room.wait(timeout: .now() + .milliseconds(20)) }
  }

  /// Lets what is waiting be delivered, for at most `patience`, and ends the thread.
  func finish(patience: Duration) {
    frames.put(nil)
    _ = emptied.wait(timeout: .now() + .milliseconds(Int(clamping: patience.wholeMilliseconds)))
  }

  private static func size(_ frame: Frame) -> Int { frame.json.count + frame.attachments.count + 64 }
}
