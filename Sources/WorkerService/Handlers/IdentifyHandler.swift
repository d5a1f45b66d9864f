internal import FacePipeline
internal import GalleryStore
internal import Images
internal import Protocol

/// Serves `identify`: who the faces are, by the gallery.
struct IdentifyHandler: MethodHandler {
  typealias Method = Identify
  let engine: Engine

  private static let defaultTopK = 5

  func handle(_ params: Identify.Params, _ context: RequestContext) throws -> ImageAnswer {
    if let rule = params.rule, rule == .seed || rule == .classifier {
      throw WireError(
        .modelNotFound,
        "The rule \"\(rule.rawValue)\" needs a trained classifier, and this gallery has none; "
          + "use \"gallery\" or leave the rule out.")
    }
    let options = FaceOptions(minFaceSize: params.minFaceSize, maxFaces: params.maxFaces)
    let models = try engine.modelsNow()
    return try ImageAnswers.answer(context, models.recognizing) { attachment in
      try engine.work(context) { run in
        let annotates = params.annotate ?? false
        // A picture to be annotated is wanted in full.
        let picture = try attachment.picture(context, minFaceSize: annotates ? nil : options.minFaceSize)
        let found = try models.embed(models.detect(picture, options, context, run), context, run)
        try context.checkpoint()
        let faces = try identify(found, picture, models, params, context)
        let media = annotates ? try annotate(faces, picture) : nil
        return ImageFaces(image: picture.size, faces: faces, media: media, models: models.recognizing)
      }
    }
  }

  private func identify(
    _ found: [AnalyzedFace], _ picture: LoadedImage, _ models: ActiveModels, _ params: Identify.Params,
    _ context: RequestContext
  ) throws -> [Face] {
    let probes = found.compactMap(\.embedding)
    let index = try engine.gallery.index(for: models.identity)
    let rows = try index.search(probes: probes.flatMap { $0 }, topK: params.topK ?? Self.defaultTopK)
    engine.saw(generation: index.generation)
    context.setGeneration(index.generation)
    let rules = try engine.matchRules(models)
    let threshold = params.threshold ?? rules.identificationThreshold(subjects: index.subjectCount)
    var answers = rows.makeIterator()
    return found.map { analyzed in
      var face = Face(analyzed, reduction: picture.reduction)
      let candidates = analyzed.embedding == nil ? [] : answers.next() ?? []
      face.candidates = candidates.map {
        Candidate(subject: $0.subject, name: $0.name, score: $0.score, calibrated: rules.calibrated($0.score))
      }
      if let best = candidates.first, best.score >= threshold {
        face.identity = Identity(
          subject: best.subject, name: best.name, score: best.score, source: "gallery", threshold: threshold)
      }
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
