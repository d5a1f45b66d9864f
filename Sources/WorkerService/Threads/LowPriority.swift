internal import Synchronization

/// Long computations that leave the processor to everything else.
enum LowPriority {
  /// How often a watched computation is looked at, in milliseconds.
  private static let watchIntervalMs = 50

  /// Runs `body` on a thread of its own at low priority and waits for it.
  ///
  /// `body` must take no lock that a request needs: were it put aside on a busy machine while it holds one, all would wait.
  static func run<Result: Sendable>(_ name: String, _ body: @escaping @Sendable () throws -> Result) throws -> Result {
    try run(name, watch: nil) { _ in try body() }
  }

  /// As ``run(_:_:)``, for a computation that is watched meanwhile: `watch` gets what `body` last said to have done, on the
  /// calling thread, at the start and twenty times a second. When it throws, `body` is told to stop and the error is rethrown.
  static func run<Result: Sendable>(
    _ name: String, watch: (_ done: Int) throws -> Void, _ body: @escaping @Sendable (Signals) throws -> Result
  ) throws -> Result {
    try withoutActuallyEscaping(watch) { try run(name, watch: Optional($0), body) }
  }

  private static func run<Result: Sendable>(
    _ name: String, watch: ((Int) throws -> Void)?, _ body: @escaping @Sendable (Signals) throws -> Result
  ) throws -> Result {
    try watch?(0)
    let signals = Signals()
    let outcome = Monitor<Swift.Result<Result, any Error>?>(nil)
    let thread = try ServiceThread(name) {
      ServiceThread.lowerPriority()
      let result = Swift.Result { try body(signals) }
      outcome.update { $0 = result }
    }
    defer { thread.join() }
    while true {
      let end = watch == nil ? nil : Moment.now.advanced(byMs: watchIntervalMs)
      let result = outcome.wait { result -> MonitorStep<Swift.Result<Result, any Error>?> in
        if let result { return .done(result) }
        guard let end else { return .sleep(until: nil) }
        return Moment.now >= end ? .done(nil) : .sleep(until: end)
      }
      if let result { return try result.get() }
      do {
        try watch?(signals.done.load(ordering: .relaxed))
      } catch {
        signals.isStopped.store(true, ordering: .relaxed)
        throw error
      }
    }
  }

  /// What a computation at low priority and whoever waits for it tell each other, without a lock.
  final class Signals: Sendable {
    fileprivate let done = Atomic(0)
    fileprivate let isStopped = Atomic(false)

    /// Says how much is done.
    func report(done count: Int) { done.store(count, ordering: .relaxed) }

    /// - Throws: ``Stopped`` when nobody wants the result any more.
    func checkpoint() throws {
      if isStopped.load(ordering: .relaxed) { throw Stopped() }
    }
  }

  /// Ends a computation whose caller throws an error of its own.
  struct Stopped: Error {}
}
