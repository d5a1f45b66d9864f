internal import GalleryStore
internal import Protocol

/// Serves `subjects.merge`: two subjects that are one person become one.
struct SubjectsMergeHandler: MethodHandler {
  typealias Method = SubjectsMerge
  let engine: Engine

  func handle(_ params: SubjectsMerge.Params, _ context: RequestContext) throws -> SubjectsMerge.Result {
    try engine.write(context) { transaction in
      let merged = try transaction.merge(from: [params.from], into: params.into)
      // Before the commit, so that no picture is ever out of reach of a removal.
      try engine.media.show(params.into, where: params.from)
      return SubjectsMerge.Result(subject: merged.subject, moved: merged.templatesMoved, templates: merged.templates)
    }.result
  }
}
