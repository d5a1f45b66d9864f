internal import Glibc

/// How long each step of one run took, in the order of the steps. For finding what to make faster.
package struct StepProfile: Sendable {
  package struct Entry: Sendable {
    /// The node's name, and the step that runs it.
    package let name: String
    package let step: String
    package let milliseconds: Double
  }

  package private(set) var entries: [Entry] = []

  mutating func add(_ name: String, _ step: any PlanStep, nanoseconds: UInt64) {
    entries.append(Entry(name: name, step: "\(type(of: step))", milliseconds: Double(nanoseconds) / 1e6))
  }

  /// A clock that only moves forward, in nanoseconds.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
