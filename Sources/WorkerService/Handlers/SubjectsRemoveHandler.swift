internal import Decisions
internal import GalleryStore
internal import Protocol

/// Serves `subjects.remove`: erases a subject for good and says what went.
struct SubjectsRemoveHandler: MethodHandler {
  typealias Method = SubjectsRemove
  let engine: Engine

  func handle(_ params: SubjectsRemove.Params, _ context: RequestContext) throws -> SubjectsRemove.Result {
    do {
      var (replaced, number) = (ReplacedHeads(), Int64(0))
      let written = try engine.heads.writing {
        try engine.write(context) { transaction in
          number = try transaction.subjectNumber(params.subject)
          replaced = try engine.rewriteHeads(knowing: params.subject, &transaction) { $0.removing(slot: number) }
          let receipt = try transaction.remove(params.subject)
          // Pictures go before the commit: were the process to end in between, the subject is still there to be removed.
          let pictures = engine.media.remove(showing: params.subject)
          // What is stored with a key must not hold the erased id; a repeat brings it along.
          return SubjectsRemove.Result(
            subject: "", templates: receipt.templates, crops: receipt.crops, media: pictures, heads: replaced.count,
            models: TunedModel(folder: engine.tunedFolder).ids(learnedFrom: number), secureDelete: true,
            walTruncated: true, erasedAt: Timestamps.text(transaction.now))
        }
      }
      try engine.finish(replaced)
      engine.training.forget(number)
      var result = complete(written.result, params, walTruncated: written.walTruncated ?? true)
      // An identification that was past its search may have drawn the subject until the commit.
      result.media += engine.media.remove(showing: params.subject)
      return result
    } catch let replay as ReplayedAnswer {
      let first = try WireJSON.decode(SubjectsRemove.Result.self, from: replay.result[...])
      let result = complete(first, params, walTruncated: engine.gallery.finishErasure())
      throw ReplayedAnswer(result: try context.encode(result), generation: replay.generation)
    }
  }

  private func complete(
    _ result: SubjectsRemove.Result, _ params: SubjectsRemove.Params, walTruncated: Bool
  ) -> SubjectsRemove.Result {
    var complete = result
    complete.subject = params.subject
    complete.walTruncated = walTruncated
    return complete
  }
}
