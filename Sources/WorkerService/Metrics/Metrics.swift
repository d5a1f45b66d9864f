internal import Protocol
internal import Synchronization
internal import Telemetry

/// Counts what the session does, for `status` and for `retryAfterMs`.
final class Metrics: Sendable {
  private struct State {
    var counters = Counters(dropped: 0)
    var outcomes: [String: Int] = [:]
    var methods: [String: Method] = [:]
    var serviceMs = 0.0
  }

  /// What is counted of one method.
  private struct Method {
    var latencies = LatencyHistogram()
    var durations = MetricHistogram()
    var errors = 0
  }

  /// What a request is taken to cost before one was measured, in milliseconds.
  private static let assumedServiceMs = 20.0

  private let state = Mutex(State())

  /// A request arrived.
  func received() { state.withLock { $0.counters.received += 1 } }

  /// An event was sent.
  func sentEvent() { state.withLock { $0.counters.events += 1 } }

  /// Bytes were read.
  func read(_ count: Int) { state.withLock { $0.counters.bytesIn += count } }

  /// Bytes were handed to the pipe.
  func wrote(_ count: Int) { state.withLock { $0.counters.bytesOut += count } }

  /// A request was answered after `milliseconds`; `code` is nil for a result, `method` nil when it was not known.
  func answered(_ method: String?, code: ErrorCode?, milliseconds: Double) {
    state.withLock { state in
      switch code {
      case nil: state.counters.succeeded += 1
      case .busy?: state.counters.refused += 1
      case .cancelled?: state.counters.cancelled += 1
      case .deadlineExceeded?: state.counters.expired += 1
      default: state.counters.failed += 1
      }
      state.outcomes[code?.rawValue ?? "result", default: 0] += 1
      guard let method, code != .busy else { return }
      state.methods[method, default: Method()].latencies.record(milliseconds)
      state.methods[method]?.durations.record(milliseconds / 1_000)
      if code != nil { state.methods[method]?.errors += 1 }
    }
  }

  /// A frame of a stream gave its place to a newer one.
  func dropped() { state.withLock { $0.counters.dropped = ($0.counters.dropped ?? 0) + 1 } }

  /// An executor was busy with a request for so long; a moving average over about the last ten.
  func served(milliseconds: Double) {
    state.withLock { $0.serviceMs = $0.serviceMs == 0 ? milliseconds : 0.9 * $0.serviceMs + 0.1 * milliseconds }
  }

  /// How long a request waits behind `pending` others, by its own service included, in milliseconds; nil before the first
  /// measurement.
  func waitMs(pending: Int, executors: Int) -> Double? {
    let service = state.withLock { $0.serviceMs }
    return service > 0 ? service * (Double(pending) / Double(max(1, executors)) + 1) : nil
  }

  /// When a refused request has a fair chance: the time to work off a quarter of what waits, 5 ms to 30 s.
  func retryAfterMs(pending: Int, executors: Int) -> Int {
    let measured = state.withLock { $0.serviceMs }
    let service = measured > 0 ? measured : Metrics.assumedServiceMs
    let wait = service * Double(max(4, pending)) / 4 / Double(max(1, executors))
    return Int(min(30_000, max(5, wait)).rounded(.up))
  }

  /// Answers by what they were: `result`, or the code of the error.
  var outcomes: [String: Int] { state.withLock { $0.outcomes } }

  /// Time from arrival to the answer, of each method that was called; and how many of the answers were errors.
  var durations: [String: (histogram: MetricHistogram, errors: Int)] {
    state.withLock { $0.methods.mapValues { ($0.durations, $0.errors) } }
  }

  /// Totals since the start.
  var counters: Counters { state.withLock { $0.counters } }

  /// Latency of each method that was called.
  var latencies: [String: Latency] {
    func rounded(_ milliseconds: Double) -> Double { (milliseconds * 1_000).rounded() / 1_000 }
    return state.withLock { state in
      state.methods.mapValues { method in
        let histogram = method.latencies
        return Latency(
          count: histogram.count, errors: method.errors, p50Ms: rounded(histogram.percentile(0.5)),
          p95Ms: rounded(histogram.percentile(0.95)), p99Ms: rounded(histogram.percentile(0.99)),
          maxMs: rounded(histogram.maximum))
      }
    }
  }
}
