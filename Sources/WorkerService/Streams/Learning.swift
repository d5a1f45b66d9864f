internal import FacePipeline
internal import GalleryStore
internal import Protocol

/// The end of a `stream.learn`: what was captured becomes templates, a picture, and the reason for a training.
struct Learning {
  let engine: Engine
  /// Whose looks were captured.
  let models: ActiveModels
  let params: StreamLearn.Params

  /// The subject's id: as given, else the name. One of both is there.
  private var subject: String { params.subject ?? params.name ?? "" }

  /// Writes everything in one transaction, and starts the training.
  ///
  /// - Throws: `lowQuality` when nothing was captured, `subjectExists` when the subject is somebody else.
  func store(
    _ captured: Capture<CapturedCrop>, _ end: CaptureEnd, _ context: RequestContext
  ) throws -> StreamLearn.Result {
    guard let mean = captured.mean else { throw nothing(captured, end) }
    let rules = try engine.matchRules(models)
    let duplicates = try compare(mean, rules)
    let metadata = try params.metadata.map { String(decoding: try context.encode($0), as: UTF8.self) }
    let enrollment = Enrollment(
      subject: subject, name: params.name, metadata: metadata, model: models.identity,
      templates: captured.entries.map { entry in
        NewTemplate(
          embedding: entry.crop.embedding, quality: entry.crop.quality, source: entry.crop.source,
          crop: engine.keepsCrops ? entry.crop.picture : nil)
      })
    let sheet = params.contactSheet ?? true ? try CaptureSheet.draw(captured) : nil
    var media: Media?
    var result: StreamLearn.Result
    do {
      result = try engine.write(context) { transaction in
        let outcome = try transaction.enroll(enrollment)
        for duplicate in duplicates { try transaction.answerMentions(duplicate.subject) }
        // Inside the transaction: a removal of the subject comes before it, or finds the picture.
        media = try sheet.map { bytes throws(WireError) in
          try engine.media.write(bytes, type: "image/jpeg", suffix: "jpg", showing: [subject])
        }
        return StreamLearn.Result(
          subject: outcome.subject, captured: captured.entries.count, ended: end,
          rejected: captured.rejections.map { RejectedFrame(frame: $0.frame, reasons: $0.reasons.map(\.rawValue)) },
          rejectedCount: captured.rejectedCount, added: outcome.added.count,
          alreadyEnrolled: outcome.alreadyEnrolled.count, templates: outcome.templates, duplicates: duplicates,
          media: media, models: models.recognizing)
      }.result
    } catch {
      if let media { engine.media.remove(media) }
      throw error
    }
    if params.train ?? true { result.job = try? engine.startTraining() }
    return result
  }

  private func nothing(_ captured: Capture<CapturedCrop>, _ end: CaptureEnd) -> WireError {
    let reasons = captured.rejected.sorted { ($0.value, $1.key.rawValue) > ($1.value, $0.key.rawValue) }
    let told =
      reasons.isEmpty
      ? "no frame showed the face"
      : reasons.map { "\($0.key.rawValue) \($0.value)" }
        .joined(separator: ", ")
    return WireError(
      .lowQuality, "No crop of the track was good enough: \(told).",
      details: [
        "ended": .string(end.rawValue),
        "rejected": .object(
          Dictionary(uniqueKeysWithValues: reasons.map { ($0.key.rawValue, .integer(Int64($0.value))) })),
      ])
  }

  /// Refuses at once what would be refused at the end, when the face is clearly another one.
  ///
  /// - Throws: `subjectExists`.
  func checkEarly(_ anchor: [Float]) throws {
    guard let index = try index() else { return }
    try check(anchor, index, threshold: try engine.matchRules(models).similarityBars.different)
  }

  /// Others who look like the face.
  ///
  /// - Throws: `subjectExists` when the subject is known and does not.
  private func compare(_ mean: [Float], _ rules: MatchRules) throws -> [Candidate] {
    guard let index = try index() else { return [] }
    let threshold = rules.verificationThreshold
    try check(mean, index, threshold: threshold)
    let found = try index.search(probes: mean, topK: 5).first ?? []
    return found.filter { $0.score >= threshold && !$0.subject.utf8.elementsEqual(subject.utf8) }.map {
      Candidate(subject: $0.subject, name: $0.name, score: $0.score, calibrated: rules.calibrated($0.score))
    }
  }

  private func check(_ look: [Float], _ index: GalleryIndex, threshold: Float) throws {
    guard !(params.force ?? false), let score = try index.score(of: look, subject: subject), score < threshold else {
      return
    }
    throw WireError(
      .subjectExists, "The face does not look like the subject's: another person has that id. Nothing was written.",
      details: ["reason": "otherFace", "score": .number(Double(score)), "threshold": .number(Double(threshold))])
  }

  /// `nil` for a gallery of another model: the write that follows decides what that means.
  private func index() throws -> GalleryIndex? {
    do {
      return try engine.gallery.index(for: models.identity)
    } catch {
      if error.code == .modelMismatch { return nil }
      throw error
    }
  }
}
