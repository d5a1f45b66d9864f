internal import GalleryStore
internal import Protocol

/// Serves `subjects.list`: the enrolled subjects, a page at a time.
struct SubjectsListHandler: MethodHandler {
  typealias Method = SubjectsList
  let engine: Engine

  func handle(_ params: SubjectsList.Params, _ context: RequestContext) throws -> SubjectsList.Result {
    let page = try engine.gallery.subjects(after: params.after, limit: params.limit ?? 100)
    return SubjectsList.Result(
      subjects: try page.subjects.map { try SubjectRecord($0) }, total: page.total, next: page.next)
  }
}
