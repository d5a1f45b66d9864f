internal import GalleryStore
internal import Protocol

/// Serves `subjects.remove`: erases a subject for good and says what went.
struct SubjectsRemoveHandler: MethodHandler {
  typealias Method = SubjectsRemove
  let engine: Engine

  func handle(_ params: SubjectsRemove.Params, _ context: RequestContext) throws -> SubjectsRemove.Result {
    // Pictures first: were the process to end in between, the subject is still there to be removed again.
    _ = try engine.gallery.subject(params.subject)
    let pictures = engine.media.remove(showing: params.subject)
    let written = try engine.write(context) { transaction in
      let receipt = try transaction.remove(params.subject)
      // The stored answer must not hold the subject's id; a repeat of the key gets it back from its own request.
      return SubjectsRemove.Result(
        subject: "", templates: receipt.templates, crops: receipt.crops, media: pictures, heads: 0, secureDelete: true,
        walTruncated: true, erasedAt: Timestamps.text(transaction.now))
    }
    var result = written.result
    result.subject = params.subject
    result.walTruncated = written.walTruncated ?? true
    return result
  }
}
