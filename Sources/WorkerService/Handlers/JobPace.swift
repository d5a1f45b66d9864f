import Glibc
internal import Protocol

/// What a job does between two pieces of its work: stop when nobody wants the answer any more, give way to requests, and say
/// how far it is, but not more often than five times a second.
///
/// A job computes on one thread, at low priority (``LowPriority``): the helpers of the engine's pool stay with the requests,
/// see ``WorkPool/serial``. What takes locks, such as this, runs at the usual priority.
struct JobPace {
  private static let intervalMs = 200.0

  let context: RequestContext
  private var reported: Moment?

  init(_ context: RequestContext) { self.context = context }

  /// - Throws: ``WireError`` `cancelled` or `deadlineExceeded`.
  mutating func step(done: Int, total: Int, stage: String) throws {
    try context.checkpoint()
    sched_yield()
    let now = Moment.now
    if done < total, let reported, now.milliseconds(since: reported) < Self.intervalMs { return }
    reported = now
    try context.progress(done: min(done, total), total: total, stage: stage)
  }
}
