internal import Decisions
internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Images
internal import Protocol

/// Serves `identify`: who the faces are, by the gallery.
struct IdentifyHandler: MethodHandler {
  typealias Method = Identify
  let engine: Engine

  func handle(_ params: Identify.Params, _ context: RequestContext) throws -> ImageAnswer {
    let options = FaceOptions(minFaceSize: params.minFaceSize, maxFaces: params.maxFaces)
    let models = try engine.modelsNow()
    // A rule that cannot be served fails the request, not each image.
    try FaceJudge.check(params.rule, models)
    return try ImageAnswers.answer(context, models.recognizing) { attachment in
      try engine.work(context) { run in
        let annotates = params.annotate ?? false
        // A picture to be annotated is wanted in full.
        let picture = try attachment.picture(context, minFaceSize: annotates ? nil : options.minFaceSize)
        let found = try models.embed(models.detect(picture, options, context, run), context, run)
        try context.checkpoint()
        let faces = try identify(found, picture, models, params, context, run)
        let media = annotates ? try annotate(faces, picture) : nil
        return ImageFaces(image: picture.size, faces: faces, media: media, models: models.recognizing)
      }
    }
  }

  private func identify(
    _ found: [AnalyzedFace], _ picture: LoadedImage, _ models: ActiveModels, _ params: Identify.Params,
    _ context: RequestContext, _ run: RunContext
  ) throws -> [Face] {
    let judge = try FaceJudge(engine, models, rule: params.rule, threshold: params.threshold, topK: params.topK)
    engine.saw(generation: judge.index.generation)
    context.setGeneration(judge.index.generation)
    let embedded = found.filter { $0.embedding != nil }
    let judged = try judge.judge(embedded.compactMap { DecisionFace($0) }) { places in
      try context.measure(.embed) {
        try models.pipeline.embedOtherViews(places.map { embedded[$0] }, in: picture.image, context: run)
      }
    }
    var verdicts = judged.makeIterator()
    return found.map { analyzed in
      var face = Face(analyzed, reduction: picture.reduction)
      let verdict = analyzed.embedding == nil ? nil : verdicts.next()
      face.candidates = verdict?.candidates ?? []
      face.identity = verdict?.identity
      // A face that cannot be embedded tells nothing.
      face.unknown = verdict.map(\.unknown) ?? Decision.Unknown.lowQuality.rawValue
      face.classifier = verdict?.classifier
      return face
    }
  }

  private func annotate(_ faces: [Face], _ picture: LoadedImage) throws -> Media {
    let annotations = faces.map { face in
      let who = face.identity.map { "\($0.name ?? $0.subject) \(Self.decimal($0.score))" }
      return Annotation(
        origin: Images.Point(x: Double(face.box.x), y: Double(face.box.y)), width: Double(face.box.width),
        height: Double(face.box.height), label: who ?? "unknown", state: who == nil ? .unknown : .known,
        landmarks: face.landmarks?.points.map { Images.Point(x: Double($0.x), y: Double($0.y)) } ?? [])
    }
    let bytes = try ImageEncoder.jpeg(Annotation.draw(annotations, on: picture.image))
    let shown = Set(faces.compactMap { $0.identity?.subject })
    let media = try engine.media.write(bytes, type: "image/jpeg", suffix: "jpg", showing: shown)
    for subject in shown { try withdrawIfErased(subject) }
    return media
  }

  /// A subject erased since the search must not stay on a picture; see ``SubjectsRemoveHandler`` for the other half.
  private func withdrawIfErased(_ subject: String) throws {
    do {
      _ = try engine.gallery.subject(subject)
    } catch {
      guard error.code == .subjectNotFound else { throw error }
      _ = engine.media.remove(showing: subject)
      throw WireError(.subjectNotFound, "A subject of this picture was removed while it was drawn.", retry: .now)
    }
  }

  /// A score with three decimals.
  private static func decimal(_ score: Float) -> String {
    let thousandths = Int((score * 1000).rounded())
    let digits = String(abs(thousandths) % 1000)
    let sign = thousandths < 0 ? "-" : ""
    return "\(sign)\(abs(thousandths) / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
  }
}
