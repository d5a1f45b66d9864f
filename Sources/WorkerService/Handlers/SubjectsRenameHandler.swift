internal import GalleryStore
internal import Protocol

/// Serves `subjects.rename`: a new name, a new id, or both.
struct SubjectsRenameHandler: MethodHandler {
  typealias Method = SubjectsRename
  let engine: Engine

  func handle(_ params: SubjectsRename.Params, _ context: RequestContext) throws -> SubjectRecord {
    try engine.write(context) { transaction in
      try SubjectRecord(transaction.rename(params.subject, to: params.to, name: params.name))
    }.result
  }
}
