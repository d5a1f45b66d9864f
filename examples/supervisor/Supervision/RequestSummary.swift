import Protocol

/// The few fields of a request that decide what a supervisor does with it.
///
/// Reading is lenient: what is missing or of the wrong type counts as absent, because complaining is the worker's job.
struct RequestSummary: Sendable, Equatable {
  /// The method, or an empty string.
  var method: String
  /// Whether the request carries an idempotency key.
  var hasKey: Bool
  /// Time from arrival to expiry.
  var deadline: Duration?
  /// The stream it belongs to.
  var stream: String?
  /// The job it is about.
  var job: String?

  init(method: String, hasKey: Bool = false, deadline: Duration? = nil, stream: String? = nil, job: String? = nil) {
    self.method = method
    self.hasKey = hasKey
    self.deadline = deadline
    self.stream = stream
    self.job = job
  }

  /// Reads the JSON of a request frame.
  init(json: ArraySlice<UInt8>) {
    let fields = try? WireJSON.object(json)
    self.init(method: "")
    if case .string(let method) = fields?["method"] { self.method = method }
    if case .string = fields?["key"] { hasKey = true }
    if case .integer(let milliseconds) = fields?["deadlineMs"], (1...86_400_000).contains(milliseconds) {
      deadline = .milliseconds(milliseconds)
    }
    if case .string(let stream) = fields?["params"]?["stream"] { self.stream = stream }
    if case .string(let job) = fields?["params"]?["job"] { self.job = job }
  }

  /// Whether it runs for minutes beside the others, as a job does.
  var isJob: Bool { RequestSummary.jobs.contains(method) || method.hasPrefix("evaluate.") }

  /// Whether it belongs to the first worker: jobs, and what changes the models in use. One worker then has them all.
  var isForFirst: Bool { isJob || method.hasPrefix("models.") || method == "train.cancel" }

  private static let jobs: Set<String> = ["calibrate", "gallery.reembed", "train"]

  /// The JSON of the request with `deadlineMs` set to what is left of it; everything else stays as it is, byte by byte.
  static func json(_ json: ArraySlice<UInt8>, withRemaining remaining: Duration) -> ArraySlice<UInt8> {
    guard let value = TopLevelField.value(of: "deadlineMs", in: json) else { return json }
    let milliseconds = max(1, remaining.wholeMilliseconds)
    return json[..<value.lowerBound] + Array(String(milliseconds).utf8) + json[value.upperBound...]
  }
}

extension Duration {
  /// Milliseconds, rounded down.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds.multipliedReportingOverflow(by: 1_000).partialValue &+ attoseconds / 1_000_000_000_000_000
  }
}
