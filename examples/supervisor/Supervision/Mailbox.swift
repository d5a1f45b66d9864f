import Dispatch
import Synchronization

/// A queue that any thread fills and one thread empties.
final class Mailbox<Element: Sendable>: Sendable {
  private let incoming = Mutex<[Element]>([])
  private let available = DispatchSemaphore(value: 0)

  /// Appends an element; never waits.
  func put(_ element: Element) {
    let isFirst = incoming.withLock {
      $0.append(element)
      return $0.count == 1
    }
    if isFirst { available.signal() }
  }

  /// Everything that has come in, in order, after waiting for something; empty when `timeout` passes first.
  func takeAll(timeout: Duration? = nil) -> [Element] {
    if let timeout {
      // Rounded up, so that a timer is due when the wait for it ends.
      let milliseconds = Int(clamping: max(0, timeout.wholeMilliseconds) + 1)
      _ = available.wait(timeout: .now() + .milliseconds(milliseconds))
    } else {
      available.wait()
    }
    return incoming.withLock { elements in
      defer { elements = [] }
      return elements
    }
  }
}
