internal import Synchronization

/// Long computations that leave the processor to everything else.
enum LowPriority {
  /// Runs `body` on a thread of its own at low priority and waits for it.
  ///
  /// `body` must take no lock that a request needs: were it put aside on a busy machine while it holds one, all would wait.
  static func run<Result: Sendable>(_ name: String, _ body: @escaping @Sendable () throws -> Result) throws -> Result {
    let outcome = Outcome<Result>()
    let thread = try ServiceThread(name) {
      ServiceThread.lowerPriority()
      outcome.set(Swift.Result { try body() })
    }
    thread.join()
    return try outcome.get()
  }

  /// What a thread leaves behind.
  private final class Outcome<Result: Sendable>: Sendable {
    private let value = Mutex<Swift.Result<Result, any Error>?>(nil)

    func set(_ result: Swift.Result<Result, any Error>) { value.withLock { $0 = result } }

    func get() throws -> Result {
      guard let result = value.withLock({ $0 }) else { throw ServiceThread.StartFailure(code: 0) }
      return try result.get()
    }
  }
}
