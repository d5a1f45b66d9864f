internal import Decisions
internal import GalleryStore
internal import Protocol

/// Serves `subjects.merge`: two subjects that are one person become one.
struct SubjectsMergeHandler: MethodHandler {
  typealias Method = SubjectsMerge
  let engine: Engine

  func handle(_ params: SubjectsMerge.Params, _ context: RequestContext) throws -> SubjectsMerge.Result {
    var replaced = ReplacedHeads()
    let result = try engine.heads.writing {
      try engine.write(context) { transaction in
        let (from, into) = (try transaction.subjectNumber(params.from), try transaction.subjectNumber(params.into))
        replaced = try engine.rewriteHeads(knowing: params.from, &transaction) { $0.merging(slot: from, into: into) }
        let merged = try transaction.merge(from: [params.from], into: params.into)
        // Before the commit, so that no picture is ever out of reach of a removal.
        try engine.media.show(params.into, where: params.from)
        return SubjectsMerge.Result(subject: merged.subject, moved: merged.templatesMoved, templates: merged.templates)
      }.result
    }
    try engine.finish(replaced)
    return result
  }
}
