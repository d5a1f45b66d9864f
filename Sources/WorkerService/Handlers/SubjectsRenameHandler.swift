internal import GalleryStore
internal import Protocol

/// Serves `subjects.rename`: a new name, a new id, or both.
struct SubjectsRenameHandler: MethodHandler {
  typealias Method = SubjectsRename
  let engine: Engine

  func handle(_ params: SubjectsRename.Params, _ context: RequestContext) throws -> SubjectRecord {
    try engine.write(context) { transaction in
      let record = try SubjectRecord(transaction.rename(params.subject, to: params.to, name: params.name))
      // Before the commit, so that no picture is ever out of reach of a removal.
      if let new = params.to { try engine.media.show(new, where: params.subject) }
      return record
    }.result
  }
}
