internal import Protocol
internal import Telemetry

/// The metrics of a worker at one moment, as ``text`` for a collector. PROTOCOL.md lists them.
///
/// Nothing in it tells of a person or of a single request: counts, sizes, and the ids of models.
struct MetricsReport: Sendable {
  var labels: [MetricLabel]
  /// When the worker started, in seconds since 1970.
  var startTime: Double
  var status: Status.Result
  /// Which change of the gallery or the models the worker has seen last.
  var generation: Int
  /// Answers by `result` or the code of the error.
  var outcomes: [String: Int]
  var durations: [String: (histogram: MetricHistogram, errors: Int)]

  /// The name of the metric that says when the worker started.
  static let startTimeName = "face_worker_start_time_seconds"

  var text: String {
    var text = MetricText(labels: labels)
    addProcess(&text)
    addRequests(&text)
    addQueue(&text)
    addState(&text)
    return text.text
  }

  private func addProcess(_ text: inout MetricText) {
    text.family(
      "face_worker_info", .gauge, "What runs; always 1.",
      [([MetricLabel("version", status.version), MetricLabel("instruction_set", status.instructionSet)], 1)])
    text.gauge(MetricsReport.startTimeName, "When the worker started, in seconds since 1970.", startTime)
    text.gauge("face_worker_uptime_seconds", "Seconds since the start.", Double(status.uptimeMs) / 1_000)
    text.counter("face_worker_cpu_seconds_total", "Processor time.", ProcessFacts.processorSeconds)
    text.gauge("face_worker_resident_bytes", "Resident memory.", Double(status.residentBytes))
    if let peak = status.peakResidentBytes {
      text.gauge("face_worker_resident_peak_bytes", "The most resident memory since the start.", Double(peak))
    }
    if let descriptors = status.descriptors {
      text.gauge("face_worker_open_descriptors", "Open descriptors.", Double(descriptors))
    }
    if let limit = ProcessFacts.descriptorLimit {
      text.gauge("face_worker_max_descriptors", "Descriptors that may be open.", Double(limit))
    }
  }

  private func addRequests(_ text: inout MetricText) {
    let counters = status.counters
    text.counter("face_worker_requests_total", "Requests that arrived.", Double(counters.received))
    text.counters(
      "face_worker_answers_total", "Terminal answers: result, or the code of the error.", "outcome", outcomes)
    text.histograms(
      "face_worker_request_duration_seconds", "Time from arrival to the answer, refusals left out.", "method",
      durations.mapValues(\.histogram))
    text.counters(
      "face_worker_request_errors_total", "Answers among them that were errors.", "method",
      durations.mapValues(\.errors))
    text.counter("face_worker_events_total", "Events sent.", Double(counters.events))
    text.counter(
      "face_worker_frames_dropped_total", "Frames of streams whose place a newer one took.",
      Double(counters.dropped ?? 0))
    text.counter("face_worker_read_bytes_total", "Bytes read from the parent.", Double(counters.bytesIn))
    text.counter("face_worker_written_bytes_total", "Bytes written for the parent.", Double(counters.bytesOut))
  }

  private func addQueue(_ text: inout MetricText) {
    let classes = status.queue.classes ?? [:]
    text.gauges(
      "face_worker_waiting_requests", "Requests that wait, by class.", "class", classes.mapValues(\.waiting))
    text.gauges(
      "face_worker_running_requests", "Requests being worked on, by class.", "class", classes.mapValues(\.running))
    text.gauge("face_worker_waiting_bytes", "Bytes of the waiting requests.", Double(status.queue.pendingBytes))
    text.gauge(
      "face_worker_outgoing_bytes", "Bytes of answers the parent has not read.", Double(status.queue.outgoingBytes))
    text.gauge("face_worker_executors", "Requests that can run at the same time.", Double(status.executors))
    text.gauge("face_worker_threads", "Threads that compute.", Double(status.threads))
    let states = Dictionary(status.jobs.map { ($0.state, 1) }, uniquingKeysWith: +)
    text.gauges(
      "face_worker_jobs", "Jobs and trainings.", "state",
      ["waiting": 0, "running": 0].merging(states) { _, count in count })
    text.gauge("face_worker_streams", "Open streams.", Double(status.streams ?? 0))
  }

  private func addState(_ text: inout MetricText) {
    text.gauge("face_worker_gallery_subjects", "Enrolled subjects.", Double(status.gallery.subjects))
    text.gauge("face_worker_gallery_templates", "Templates of all subjects.", Double(status.gallery.templates))
    text.gauge("face_worker_generation", "Rises with every change of gallery or models.", Double(generation))
    text.family(
      "face_worker_model_info", .gauge, "The models in use; always 1.",
      status.models.map { model in
        let labels = [
          MetricLabel("role", model.role), MetricLabel("model", model.id),
          MetricLabel("precision", model.precision ?? "float32"),
        ]
        return (labels, 1)
      })
  }
}
