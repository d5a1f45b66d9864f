internal import Telemetry

/// What a supervisor has seen and done since its start.
struct SupervisorMetrics: Sendable {
  /// Requests of the host.
  var requests = 0
  /// Terminal answers by what they were: `result`, or the code of the error.
  var answers: [String: Int] = [:]
  /// Workers that were lost, by how they ended.
  var losses: [String: Int] = [:]
  /// Requests sent again after a crash.
  var replays = 0
  /// Healthy workers replaced, by why.
  var replacements: [String: Int] = [:]
  /// Replacements that were given up because the new worker did not become ready.
  var failedReplacements = 0

  /// The text that a node exporter reads.
  ///
  /// - Parameters:
  ///   - state: whose gauges are added.
  ///   - now: the time since the supervisor's start.
  static func text(of state: SupervisorState, at now: Duration) -> String {
    let metrics = state.metrics
    var text = MetricText()
    text.counter("face_supervisor_requests_total", "Requests of the host.", Double(metrics.requests))
    text.counters("face_supervisor_answers_total", "Terminal answers by outcome.", "outcome", metrics.answers)
    text.counters("face_supervisor_losses_total", "Workers lost, by how they ended.", "end", metrics.losses)
    text.counter("face_supervisor_replays_total", "Requests sent again after a crash.", Double(metrics.replays))
    text.counters(
      "face_supervisor_replacements_total", "Healthy workers replaced, by reason.", "reason", metrics.replacements)
    text.counter(
      "face_supervisor_failed_replacements_total", "Replacements whose new worker did not start.",
      Double(metrics.failedReplacements))
    text.gauge("face_supervisor_quarantined", "Requests remembered as deadly.", Double(state.quarantine.count))
    text.gauge("face_supervisor_held_requests", "Requests in flight or waiting.", Double(state.ledger.count))
    text.gauge("face_supervisor_held_bytes", "Bytes of those requests.", Double(state.ledger.bytes))
    let serving = state.workers.values.count { $0.isServing }
    text.gauge("face_supervisor_workers_serving", "Workers that serve.", Double(serving))
    let backoff = state.slots.compactMap(\.startAt).map { max(.zero, $0 - now) }.max() ?? .zero
    text.gauge(
      "face_supervisor_backoff_seconds", "Longest wait before a restart.", Double(backoff.wholeMilliseconds) / 1_000)
    let available = state.workers.values.filter(\.isAvailable).sorted { $0.slot < $1.slot }
    text.family(
      "face_supervisor_worker_resident_bytes", .gauge, "Resident memory of each worker.",
      available.map { ([MetricLabel("slot", "\($0.slot)")], Double($0.resident)) })
    return text.text
  }
}
