internal import Networks
import Synchronization

/// Calls `body` for each index on the context's threads and returns the results in order; throws an error of a piece.
///
/// Once the answer is no longer wanted, or a piece has failed, the pieces that have not begun are left out.
package func parallelMap<Result>(
  _ count: Int, _ context: RunContext, _ body: @escaping (Int) throws -> Result
) throws -> [Result] {
  let work = ParallelWork(count: count, checkpoint: context.checkpoint, body: body)
  context.pool.run(count) { work.perform($0) }
  return try work.results()
}

/// Results of pieces that run on several threads.
private final class ParallelWork<Result>: @unchecked Sendable {
  // `body` reads shared immutable state only; each slot is written once, under the lock, before `WorkPool.run` returns.
  private let body: (Int) throws -> Result
  private let checkpoint: @Sendable () throws -> Void
  private var slots: [Swift.Result<Result, any Error>?]
  private var hasFailed = false
  private let lock = Mutex<Void>(())

  init(
    count: Int, checkpoint: @escaping @Sendable () throws -> Void, body: @escaping (Int) throws -> Result
  ) {
    self.body = body
    self.checkpoint = checkpoint
    slots = Array(repeating: nil, count: count)
  }

  func perform(_ index: Int) {
    guard lock.withLock({ _ in !hasFailed }) else { return }
    let result = Swift.Result {
      try checkpoint()
      return try body(index)
    }
    lock.withLock { _ in
      slots[index] = result
      if case .failure = result { hasFailed = true }
    }
  }

  func results() throws -> [Result] {
    try slots.compactMap { try $0?.get() }
  }
}
