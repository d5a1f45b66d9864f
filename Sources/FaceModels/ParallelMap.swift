import Networks
import Synchronization

/// Calls `body` for each index on the context's threads and returns the results in order; throws the first error.
func parallelMap<Result>(
  _ count: Int, _ context: RunContext, _ body: @escaping (Int) throws -> Result
) throws -> [Result] {
  let work = ParallelWork(count: count, body: body)
  context.pool.run(count) { work.perform($0) }
  return try work.results()
}

/// Results of pieces that run on several threads.
private final class ParallelWork<Result>: @unchecked Sendable {
  // `body` reads shared immutable state only; each slot is written once, under the lock, before `WorkPool.run` returns.
  private let body: (Int) throws -> Result
  private var slots: [Swift.Result<Result, any Error>?]
  private let lock = Mutex<Void>(())

  init(count: Int, body: @escaping (Int) throws -> Result) {
    self.body = body
    slots = Array(repeating: nil, count: count)
  }

  func perform(_ index: Int) {
    let result = Swift.Result { try body(index) }
    lock.withLock { _ in slots[index] = result }
  }

  func results() throws -> [Result] {
    try slots.compactMap { try $0?.get() }
  }
}
