import Glibc

/// A point on the clock that only runs forward, in nanoseconds.
package struct Moment: Comparable, Sendable {
  /// Nanoseconds since an arbitrary start.
  package let nanoseconds: UInt64

  /// The present.
  package static var now: Moment {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Moment(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  /// This moment and some milliseconds more; at most a few centuries ahead.
  package func advanced(byMs milliseconds: Int) -> Moment {
    let (step, overflow) = UInt64(clamping: milliseconds).multipliedReportingOverflow(by: 1_000_000)
    let (sum, carry) = nanoseconds.addingReportingOverflow(step)
    return Moment(nanoseconds: overflow || carry ? .max : sum)
  }

  /// Milliseconds from `start` to this moment, with microsecond resolution; 0 when `start` is later.
  package func milliseconds(since start: Moment) -> Double {
    guard self > start else { return 0 }
    return Double((nanoseconds - start.nanoseconds) / 1_000) / 1_000
  }

  /// Which of two moments is earlier.
  package static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The moment as the C library takes it.
  var systemTime: timespec {
    timespec(
      tv_sec: Int(clamping: nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
  }
}
