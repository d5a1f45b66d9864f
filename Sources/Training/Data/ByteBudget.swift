internal import Synchronization

/// Memory that caches of a job share: each takes what it needs and goes without when nothing is left.
package final class ByteBudget: Sendable {
  package let limit: Int
  private let used = Mutex<Int>(0)

  /// A budget of so many bytes, at least 0.
  package init(_ limit: Int) { self.limit = max(0, limit) }

  /// Bytes taken so far.
  package var taken: Int { used.withLock { $0 } }

  /// Takes `count` bytes; `false`, and nothing taken, when that is more than is left.
  package func take(_ count: Int) -> Bool {
    used.withLock { used in
      guard count >= 0, count <= limit - used else { return false }
      used += count
      return true
    }
  }

  /// Gives bytes back.
  package func release(_ count: Int) {
    used.withLock { $0 = max(0, $0 - max(0, count)) }
  }
}
