#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The time of day, for what is stored with it.
package enum SystemClock {
  /// Milliseconds since 1970-01-01 UTC.
  @Sendable package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(time.tv_sec) * 1000 + Timestamp(time.tv_nsec) / 1_000_000
  }

  static func sleep(milliseconds: Int) {
    usleep(UInt32(clamping: milliseconds * 1000))
  }
}
