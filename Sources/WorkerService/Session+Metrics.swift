internal import Glibc
internal import Protocol
internal import Telemetry

/// The thread that writes metrics, as the session sees it.
enum MetricsStage: Sendable {
  case writing
  /// Everything is answered: write once more.
  case last
  case done
}

extension Session {
  /// Time for the last write, in milliseconds: the gallery may be held by work that was left behind.
  private static let lastMetricsMs = 1_000

  /// Starts the thread that writes the metrics, when they are wanted.
  func startMetrics() throws {
    guard let destination = configuration.metrics else { return }
    metricsStage.update { $0 = .writing }
    try ServiceThread("fw-metrics") { [self] in writeMetrics(to: destination) }.detach()
  }

  /// Has the metrics written for the last time.
  func finishMetrics() {
    let limit = Moment.now.advanced(byMs: Session.lastMetricsMs)
    metricsStage.update { if case .writing = $0 { $0 = .last } }
    metricsStage.wait { stage in
      if case .done = stage { return .done(()) }
      return Moment.now >= limit ? .done(()) : .sleep(until: limit)
    }
  }

  private func writeMetrics(to destination: MetricsDestination) {
    var hasFailed = false
    var isLast = false
    repeat {
      let problem = write(destination)
      if problem != 0, !hasFailed {
        configuration.log(.error, "metricsFailed", ["reason": .string(String(cString: strerror(problem)))])
      }
      hasFailed = problem != 0
      if isLast { break }
      let next = Moment.now.advanced(byMs: destination.intervalMs)
      isLast = metricsStage.wait { stage in
        if case .last = stage { return .done(true) }
        return Moment.now >= next ? .done(false) : .sleep(until: next)
      }
    } while true
    metricsStage.update { $0 = .done }
  }

  /// Writes the present state; returns 0 or the system's error number. What the gallery does not tell is left for the next time.
  private func write(_ destination: MetricsDestination) -> Int32 {
    guard let status = try? status(), !destination.isTakenOver else { return 0 }
    let report = MetricsReport(
      labels: destination.labels, startTime: destination.startTime, status: status,
      generation: configuration.generation(), outcomes: metrics.outcomes, durations: metrics.durations)
    return MetricsFile.write(report.text, to: destination.path)
  }
}
