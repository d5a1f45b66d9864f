internal import Decisions
internal import GalleryStore
internal import Protocol

/// Puts what a training made to use: files first, then one transaction, then one reference.
struct HeadSwap {
  let engine: Engine
  /// The request, when there is one: its key is stored with the swap.
  let context: RequestContext?

  /// Changes nothing; the answer is stored with the request's key.
  func keep(_ result: Train.Result) throws -> Train.Result {
    guard let context, context.key != nil else { return result }
    return try engine.write(context) { _ in result }.result
  }

  /// Uses a new head; `nil` when somebody it knows was removed, so that it has to be trained again.
  ///
  /// - Throws: `storageFailed`; what `checkpoint` throws.
  func swap(
    _ outcome: TrainedOutcome, _ result: Train.Result, _ models: ActiveModels, checkpoint: () throws -> Void
  ) throws -> Train.Result? {
    if let tuned = outcome.tuned {
      return try TunedSwap(swap: self, models: models).swap(tuned, outcome, result, checkpoint: checkpoint)
    }
    return try activate(outcome.head, outcome, result) { _ in }
  }

  /// Stores a head and makes it the one in use for its model, together with what `body` writes.
  func activate(
    _ head: SoftmaxHead, _ outcome: TrainedOutcome, _ result: Train.Result,
    _ body: (inout WriteTransaction) throws -> Void
  ) throws -> Train.Result? {
    let report = try WireJSON.encode(outcome.report)
    var result = result
    result.state = .swapped
    let (answer, dropped) = try engine.heads.writing { () -> (Train.Result?, [HeadRecord]) in
      let file = try engine.heads.add(head, report: report)
      result.head = file.id
      do {
        let record = HeadRecord(
          id: file.id, modelSHA256: head.modelDigest, sha256: file.sha256, slots: head.slots,
          report: String(decoding: report, as: UTF8.self))
        return try commit(record, result, body)
      } catch {
        engine.heads.erase(file.id)
        if let error = error as? GalleryError, error.code == .subjectNotFound { return (nil, []) }
        throw error
      }
    }
    for head in dropped { engine.heads.erase(head.id) }
    return answer
  }

  private func commit(
    _ record: HeadRecord, _ result: Train.Result, _ body: (inout WriteTransaction) throws -> Void
  ) throws -> (Train.Result, [HeadRecord]) {
    var dropped: [HeadRecord] = []
    func write(_ transaction: inout WriteTransaction) throws -> Train.Result {
      try body(&transaction)
      dropped = try transaction.activateHead(record)
      return result
    }
    if let context {
      _ = try engine.write(context) { try write(&$0) }
    } else {
      let outcome = try engine.gallery.write { (try write(&$0), []) }
      engine.saw(generation: outcome.generation)
    }
    return (result, dropped)
  }
}
