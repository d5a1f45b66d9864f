internal import GalleryStore
internal import Protocol

extension Engine {
  /// What a write did.
  struct Written<Result: Sendable> {
    let result: Result
    /// For a removal: whether nothing of it is left in the log.
    let walTruncated: Bool?
  }

  /// Throws ``ReplayedAnswer`` when the request's key was seen before: called before work that a repeat need not do.
  func replayIfKnown(_ context: RequestContext) throws {
    guard let key = try key(of: context), let known = try gallery.answer(to: key) else { return }
    throw ReplayedAnswer(result: known.response, generation: known.generation)
  }

  private func key(of context: RequestContext) throws -> IdempotencyKey? {
    try context.key.map {
      IdempotencyKey(key: $0, method: context.method, fingerprint: Array(try context.fingerprint().utf8))
    }
  }

  /// Runs one write with the request's key; throws ``ReplayedAnswer`` when the key was seen before.
  func write<Result: Encodable & Sendable>(
    _ context: RequestContext, _ body: (inout WriteTransaction) throws -> Result
  ) throws -> Written<Result> {
    let key = try key(of: context)
    try context.checkpoint()
    let outcome = try gallery.write(key: key) { transaction in
      let result = try body(&transaction)
      return (result, try context.encode(result))
    }
    saw(generation: outcome.generation)
    context.setGeneration(outcome.generation)
    guard let result = outcome.result else {
      throw ReplayedAnswer(result: outcome.response, generation: outcome.generation)
    }
    return Written(result: result, walTruncated: outcome.walTruncated)
  }
}
