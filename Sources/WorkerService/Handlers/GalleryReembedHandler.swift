internal import FaceModels
internal import GalleryStore
internal import Images
internal import Networks
internal import Protocol

/// Serves `gallery.reembed`: makes a model's templates from the kept crops of other models' templates.
///
/// Each batch is a write of its own, visible at once; what was done stays when the job is stopped, and a repeat goes on from
/// there.
struct GalleryReembedHandler: MethodHandler {
  typealias Method = GalleryReembed
  static let isJob = true
  let engine: Engine

  private static let defaultBatch = 16
  /// Ids of subjects in the answer.
  private static let namedSubjects = 100

  func handle(_ params: GalleryReembed.Params, _ context: RequestContext) throws -> GalleryReembed.Result {
    let model = try engine.recognizer(params.model, engine.modelsInUse())
    let total = try engine.gallery.rebuildableCount(for: model.identity)
    let manifests = engine.recognizerManifests()
    var pace = JobPace(context)
    var (done, embedded) = (0, 0)
    var last: Int64 = 0
    try pace.step(done: 0, total: total, stage: "embed")
    while true {
      let batch = try engine.gallery.rebuildable(
        for: model.identity, after: last, limit: params.batch ?? Self.defaultBatch)
      guard let end = batch.last else { break }
      last = end.id
      var rebuilt: [RebuiltTemplate] = []
      for template in batch {
        try pace.step(done: done, total: max(total, done + 1), stage: "embed")
        if let made = try engine.rebuilt(
          template, model, manifests, checkpoint: { try context.checkpoint() })
        {
          rebuilt.append(made)
        }
        done += 1
      }
      embedded += try write(rebuilt, model.identity, context)
    }
    let dropped = params.dropOld == true ? try drop(model.identity, context) : nil
    let state = try engine.gallery.rebuildState(of: model.identity, limit: Self.namedSubjects)
    return GalleryReembed.Result(
      model: model.identity.id, embedded: embedded, skipped: state.missingTemplates,
      withoutCrop: state.missingSubjects, withoutCropCount: state.missingSubjectCount, subjects: state.subjects,
      dropped: dropped?.templates, walTruncated: dropped?.walTruncated)
  }

  private func write(
    _ templates: [RebuiltTemplate], _ model: ModelIdentity, _ context: RequestContext
  ) throws -> Int {
    guard !templates.isEmpty else { return 0 }
    let outcome = try engine.gallery.write { transaction in
      (try transaction.addRebuilt(templates, model: model), [])
    }
    engine.saw(generation: outcome.generation)
    context.setGeneration(outcome.generation)
    return outcome.result ?? 0
  }

  private func drop(
    _ model: ModelIdentity, _ context: RequestContext
  ) throws -> (templates: Int, walTruncated: Bool) {
    try context.checkpoint()
    let outcome = try engine.gallery.write { (try $0.dropOtherModels(than: model), []) }
    engine.saw(generation: outcome.generation)
    context.setGeneration(outcome.generation)
    return (outcome.result?.templates ?? 0, outcome.walTruncated ?? engine.gallery.finishErasure())
  }
}

extension DetectedFace {
  /// The face of a kept crop.
  init(_ geometry: CropGeometry) {
    let numbers = geometry.landmarks.map(Double.init)
    let box = geometry.box.map(Double.init)
    self.init(
      x: box[0], y: box[1], width: box[2], height: box[3], score: 1,
      landmarks: stride(from: 0, to: 10, by: 2).map { Images.Point(x: numbers[$0], y: numbers[$0 + 1]) })
  }
}

extension CropGeometry {
  /// Where a face is in its crop; `nil` when a number is not finite.
  init?(_ face: DetectedFace) {
    self.init(
      landmarks: face.landmarks.flatMap { [Float($0.x), Float($0.y)] },
      box: [face.x, face.y, face.width, face.height].map(Float.init))
  }
}
