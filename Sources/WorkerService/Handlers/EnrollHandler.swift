internal import Digests
internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Images
internal import Protocol

/// Serves `enroll`: adds the face of each image to a subject, or says why not.
struct EnrollHandler: MethodHandler {
  typealias Method = Enroll
  let engine: Engine

  func handle(_ params: Enroll.Params, _ context: RequestContext) throws -> Enroll.Result {
    try engine.replayIfKnown(context)
    let models = engine.modelsInUse()
    var templates: [NewTemplate] = []
    var rejected: [RejectedImage] = []
    for attachment in context.attachments {
      try context.checkpoint()
      do {
        templates.append(try engine.work(context) { try template(attachment, models, params, context, $0) })
      } catch let refusal as Refusal {
        rejected.append(refusal.rejection)
      } catch {
        let wire = ErrorMapping.wireError(for: error)
        if wire.code == .cancelled || wire.code == .deadlineExceeded { throw wire }
        rejected.append(RejectedImage(index: attachment.index, code: wire.code, message: wire.message))
      }
      if context.attachments.count > 1 {
        try context.emit(
          ProgressEvent(done: attachment.index + 1, total: context.attachments.count, stage: "embed"))
      }
    }
    guard !templates.isEmpty else { throw nothingAccepted(rejected) }
    return try store(templates, rejected, models, params, context)
  }

  // MARK: One image

  /// An image that is not enrolled, and why.
  private struct Refusal: Error {
    let rejection: RejectedImage
  }

  private func template(
    _ attachment: InputAttachment, _ models: ActiveModels, _ params: Enroll.Params, _ context: RequestContext,
    _ run: RunContext
  ) throws -> NewTemplate {
    let picture = try attachment.picture(context)
    let faces = try models.detect(picture, FaceOptions(), context, run)
    func refuse(_ code: ErrorCode, _ message: String, reasons: [String] = [], box: Box? = nil) -> Refusal {
      Refusal(
        rejection: RejectedImage(index: attachment.index, code: code, message: message, reasons: reasons, box: box))
    }
    guard !faces.isEmpty else { throw refuse(.noFace, "No face was found.") }
    // What the detector itself doubts does not make a photo one of several people.
    let certain = faces.filter { $0.face.score >= models.pipeline.detector.certainScore }
    let chosen: AnalyzedFace
    if let select = params.select {
      let choice = FaceChoice(select)
      let size = (Double(picture.image.width), Double(picture.image.height))
      guard let picked = choice.pick(faces.map(\.face), width: size.0, height: size.1) else {
        throw refuse(.noFace, "No face was found in the selected box; \(faces.count) elsewhere.")
      }
      chosen = faces[picked]
    } else if certain.count > 1 {
      throw refuse(
        .multipleFaces,
        "\(certain.count) faces were found; say which with select: \"largest\", \"center\" or a box.",
        box: Face(certain[0], reduction: 1).box)
    } else {
      chosen = certain.first ?? faces[0]
    }
    let box = Face(chosen, reduction: 1).box
    if chosen.aligned == nil, chosen.face.landmarks.isEmpty {
      throw refuse(
        .lowQuality, "The detector in use gives no landmarks, by which the recognizer aligns a face.",
        reasons: chosen.quality.reasons.map(\.rawValue), box: box)
    }
    guard chosen.quality.reasons.isEmpty, chosen.aligned != nil else {
      let reasons = chosen.quality.reasons.map(\.rawValue)
      throw refuse(.lowQuality, "The face is \(reasons.joined(separator: ", ")).", reasons: reasons, box: box)
    }
    let embedded = try models.embed([chosen], context, run)[0]
    guard let embedding = embedded.embedding else {
      throw refuse(.lowQuality, "The face could not be aligned.", reasons: ["profile"], box: box)
    }
    let digest = SHA256.hexadecimal(try attachment.load().bytes)
    let region = [box.x, box.y, box.width, box.height].map { String(Int($0.rounded())) }.joined(separator: ",")
    return NewTemplate(
      embedding: embedding, quality: chosen.quality.score, source: TemplateSource(sha256: digest, region: region),
      crop: engine.keepsCrops ? try KeptCrop(of: chosen.face, in: picture.image) : nil)
  }

  /// The whole request fails with the first image's reason when no image was accepted.
  private func nothingAccepted(_ rejected: [RejectedImage]) -> WireError {
    guard let first = rejected.first else { return WireError(.noFace, "No image was given.") }
    let list = rejected.map { rejection -> JSONValue in
      var entry: [String: JSONValue] = [
        "index": .integer(Int64(rejection.index)), "code": .string(rejection.code.rawValue),
        "message": .string(rejection.message), "reasons": .array(rejection.reasons.map { .string($0) }),
      ]
      if let box = rejection.box {
        entry["box"] = .object([
          "x": .number(Double(box.x)), "y": .number(Double(box.y)), "width": .number(Double(box.width)),
          "height": .number(Double(box.height)),
        ])
      }
      return .object(entry)
    }
    let others = rejected.count > 1 ? " None of the \(rejected.count) images was accepted." : ""
    return WireError(first.code, first.message + others, details: ["rejected": .array(list)])
  }

  // MARK: The gallery

  private func store(
    _ templates: [NewTemplate], _ rejected: [RejectedImage], _ models: ActiveModels, _ params: Enroll.Params,
    _ context: RequestContext
  ) throws -> Enroll.Result {
    let metadata = try params.metadata.map { String(decoding: try context.encode($0), as: UTF8.self) }
    let duplicates = try duplicates(of: templates, params.subject, models)
    let enrollment = Enrollment(
      subject: params.subject, name: params.name, metadata: metadata, model: models.identity, templates: templates)
    return try engine.write(context) { transaction in
      let outcome = try transaction.enroll(enrollment)
      for duplicate in duplicates { try transaction.answerMentions(duplicate.subject) }
      return Enroll.Result(
        subject: outcome.subject, added: outcome.added.count, alreadyEnrolled: outcome.alreadyEnrolled.count,
        rejected: rejected, templates: outcome.templates, duplicates: duplicates, models: models.recognizing)
    }.result
  }

  /// Other subjects who look so alike that they may be the same person.
  private func duplicates(of templates: [NewTemplate], _ subject: String, _ models: ActiveModels) throws -> [Candidate]
  {
    let rules = try engine.matchRules(models)
    var found: [String: Candidate] = [:]
    for template in templates {
      let nearest = try nearestOther(template.embedding, subject, models)
      guard let nearest, nearest.score >= rules.verificationThreshold,
        nearest.score > found[nearest.subject]?.score ?? -2
      else { continue }
      found[nearest.subject] = Candidate(
        subject: nearest.subject, name: nearest.name, score: nearest.score, calibrated: rules.calibrated(nearest.score)
      )
    }
    return found.values.sorted { ($0.score, $1.subject) > ($1.score, $0.subject) }
  }

  /// `nil` also for a gallery of another model: the write that follows decides what that means.
  private func nearestOther(
    _ embedding: [Float], _ subject: String, _ models: ActiveModels
  ) throws -> GalleryCandidate? {
    do {
      return try engine.gallery.nearestOtherSubject(to: embedding, excluding: subject, model: models.identity)
    } catch {
      if error.code == .modelMismatch { return nil }
      throw error
    }
  }
}

extension KeptCrop {
  /// The crop of a face as it is kept; `nil` when its landmarks are degenerate.
  init?(of face: DetectedFace, in image: Image) throws(ImageError) {
    guard let cut = FaceCrop.cut(face, from: image), let geometry = CropGeometry(cut.face) else { return nil }
    self.init(image: try ImageEncoder.jpeg(cut.image, quality: 95), geometry: geometry)
  }
}

extension FaceChoice {
  init(_ selection: FaceSelection) {
    switch selection {
    case .largest: self = .largest
    case .center: self = .center
    case .box(let box):
      self = .box(x: Double(box.x), y: Double(box.y), width: Double(box.width), height: Double(box.height))
    }
  }
}
