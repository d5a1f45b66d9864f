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
    var text = Text()
    text.counter("face_supervisor_requests_total", "Requests of the host.", metrics.requests)
    text.counters("face_supervisor_answers_total", "Terminal answers by outcome.", "outcome", metrics.answers)
    text.counters("face_supervisor_losses_total", "Workers lost, by how they ended.", "end", metrics.losses)
    text.counter("face_supervisor_replays_total", "Requests sent again after a crash.", metrics.replays)
    text.counters(
      "face_supervisor_replacements_total", "Healthy workers replaced, by reason.", "reason", metrics.replacements)
    text.counter(
      "face_supervisor_failed_replacements_total", "Replacements whose new worker did not start.",
      metrics.failedReplacements)
    text.gauge("face_supervisor_quarantined", "Requests remembered as deadly.", state.quarantine.count)
    text.gauge("face_supervisor_held_requests", "Requests in flight or waiting.", state.ledger.count)
    text.gauge("face_supervisor_held_bytes", "Bytes of those requests.", state.ledger.bytes)
    text.gauge("face_supervisor_workers_serving", "Workers that serve.", state.workers.values.count { $0.isServing })
    let backoff = state.slots.compactMap(\.startAt).map { max(.zero, $0 - now) }.max() ?? .zero
    text.gauge("face_supervisor_backoff_milliseconds", "Longest wait before a restart.", Int(backoff.wholeMilliseconds))
    text.help("face_supervisor_worker_resident_bytes", "gauge", "Resident memory of each worker.")
    for worker in state.workers.values.sorted(by: { $0.slot < $1.slot }) where worker.isAvailable {
      text.line("face_supervisor_worker_resident_bytes{slot=\"\(worker.slot)\"} \(worker.resident)")
    }
    return text.lines
  }

  /// Lines of the text format.
  private struct Text {
    var lines = ""

    mutating func line(_ line: String) { lines += line + "\n" }

    mutating func help(_ name: String, _ type: String, _ help: String) {
      line("# HELP \(name) \(help)")
      line("# TYPE \(name) \(type)")
    }

    mutating func counter(_ name: String, _ help: String, _ value: Int) {
      self.help(name, "counter", help)
      line("\(name) \(value)")
    }

    mutating func gauge(_ name: String, _ help: String, _ value: Int) {
      self.help(name, "gauge", help)
      line("\(name) \(value)")
    }

    mutating func counters(_ name: String, _ help: String, _ label: String, _ values: [String: Int]) {
      self.help(name, "counter", help)
      for (key, value) in values.sorted(by: { $0.key < $1.key }) { line("\(name){\(label)=\"\(key)\"} \(value)") }
    }
  }
}
