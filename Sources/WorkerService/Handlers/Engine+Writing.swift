internal import GalleryStore
internal import Protocol

extension Engine {
  /// What a write did.
  struct Written<Result: Sendable> {
    let result: Result
    /// For a removal: whether nothing of it is left in the log.
    let walTruncated: Bool?
  }

  /// Runs one write with the request's key; throws ``ReplayedAnswer`` when the key was seen before.
  func write<Result: Encodable & Sendable>(
    _ context: RequestContext, _ body: (inout WriteTransaction) throws -> Result
  ) throws -> Written<Result> {
    let key = try context.key.map {
      IdempotencyKey(key: $0, method: context.method, fingerprint: Array(try context.fingerprint().utf8))
    }
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
