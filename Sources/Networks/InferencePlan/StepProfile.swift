internal import Glibc
package import Tensors

/// How long each step of some runs took, in the order of the steps. For finding what to make faster.
package struct StepProfile: Sendable {
  package struct Entry: Sendable {
    /// The node's name: a layer's path in its checkpoint.
    package let name: String
    package let work: StepWork
    /// Of the first output, NCHW.
    package let shape: Shape
    package fileprivate(set) var nanoseconds: [UInt64] = []

    init(_ name: String, _ step: any PlanStep, _ context: borrowing StepContext) {
      self.name = name
      work = step.work(context)
      shape = step.outputs.first.map { context.shape($0) } ?? []
    }

    /// What ran outside a plan.
    package init(name: String, work: StepWork, shape: Shape, nanoseconds: [UInt64]) {
      (self.name, self.work, self.shape, self.nanoseconds) = (name, work, shape, nanoseconds)
    }

    /// The median of the runs.
    package var milliseconds: Double {
      guard !nanoseconds.isEmpty else { return 0 }
      return Double(nanoseconds.sorted()[nanoseconds.count / 2]) / 1e6
    }

    /// 10^9 operations a second in the median run.
    package var gigaflops: Double { milliseconds > 0 ? work.operations / (milliseconds * 1e6) : 0 }
  }

  package private(set) var entries: [Entry]

  package init(entries: [Entry] = []) { self.entries = entries }

  /// The sum of the steps' medians.
  package var milliseconds: Double { entries.map(\.milliseconds).reduce(0, +) }

  /// Adds one run of the step `index`; `entry` describes it, the first time.
  mutating func add(at index: Int, nanoseconds: UInt64, _ entry: () -> Entry) {
    if index >= entries.count { entries.append(entry()) }
    entries[index].nanoseconds.append(nanoseconds)
  }

  /// A clock that only moves forward, in nanoseconds.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
