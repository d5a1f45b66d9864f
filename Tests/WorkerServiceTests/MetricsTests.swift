import Glibc
import Protocol
import TestSupport
import Testing

@testable import WorkerService

@Suite struct MetricsTests {
  @Test func percentilesAreWithinThreePercent() {
    var histogram = LatencyHistogram()
    var random = SeededGenerator(seed: 4)
    let times = (0..<10_000).map { _ in exp(Double.random(in: -3...6, using: &random)) }
    for time in times { histogram.record(time) }
    let sorted = times.sorted()
    for fraction in [0.5, 0.95, 0.99] {
      let exact = sorted[Int((fraction * Double(times.count)).rounded(.up)) - 1]
      #expect(abs(histogram.percentile(fraction) / exact - 1) < 0.03, "\(fraction)")
    }
    #expect(histogram.maximum == sorted.last)
    #expect(histogram.count == 10_000)
  }

  @Test(arguments: [0, -1, 1e-9, 1e300, .infinity, .greatestFiniteMagnitude])
  func takesAnyTime(milliseconds: Double) {
    var histogram = LatencyHistogram()
    #expect(histogram.percentile(0.99) == 0)
    histogram.record(milliseconds)
    #expect(histogram.count == 1)
    #expect(histogram.percentile(0.5) >= 0 || milliseconds < 0)
  }

  @Test func estimatesWhenToComeBack() {
    let metrics = Metrics()
    #expect(metrics.retryAfterMs(pending: 100, executors: 1) == 500, "a guess before the first measurement")
    for _ in 0..<100 { metrics.served(milliseconds: 10) }
    #expect(metrics.retryAfterMs(pending: 100, executors: 1) == 250)
    #expect(metrics.retryAfterMs(pending: 100, executors: 5) == 50)
    #expect(metrics.retryAfterMs(pending: 1, executors: 100) == 5)
    #expect(metrics.retryAfterMs(pending: 100_000_000, executors: 1) == 30_000)
  }

  @Test func countsByOutcome() {
    let metrics = Metrics()
    let outcomes: [ErrorCode?] = [nil, .busy, .cancelled, .deadlineExceeded, .noFace]
    for code in outcomes {
      metrics.received()
      metrics.answered("detect", code: code, milliseconds: 2)
    }
    let counters = metrics.counters
    #expect(counters.received == 5)
    #expect(
      [counters.succeeded, counters.refused, counters.cancelled, counters.expired, counters.failed] == [1, 1, 1, 1, 1])
    #expect(metrics.latencies["detect"]?.count == 4, "refusals are no latency")
    #expect(metrics.latencies["detect"]?.errors == 3)
  }
}
