/// Which requests may be sent to a second worker after the first one died with them.
enum ReplayPolicy {
  /// Requests that change nothing: sending them twice is sending them once.
  static let reads: Set<String> = [
    "ping", "status", "detect", "embed", "verify", "identify", "subjects.list", "subjects.get",
    "models.list",
  ]

  /// Requests that change the gallery: nobody knows whether the dead worker had committed them. With a `key` the new
  /// worker does know, and answers a repeat with the first answer.
  static let writes: Set<String> = [
    "enroll", "subjects.rename", "subjects.merge", "subjects.remove", "models.activate", "models.rollback",
  ]

  /// Whether a request may be sent again. Anything not listed (a job, a stream, a method of the future) may not.
  static func allows(_ request: RequestSummary) -> Bool {
    reads.contains(request.method) || (writes.contains(request.method) && request.hasKey)
  }
}
