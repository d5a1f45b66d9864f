internal import GalleryStore
internal import Protocol

/// Serves `subjects.get`: one subject.
struct SubjectsGetHandler: MethodHandler {
  typealias Method = SubjectsGet
  let engine: Engine

  func handle(_ params: SubjectsGet.Params, _ context: RequestContext) throws -> SubjectRecord {
    try SubjectRecord(engine.gallery.subject(params.subject).summary)
  }
}
