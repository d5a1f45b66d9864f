internal import FaceModels
internal import GalleryStore
internal import Protocol

/// What a training learns from: templates of one moment, read piece by piece while they are sent.
struct TrainingMaterial {
  /// Bytes of encoded crops that are sent at most; the trainer keeps them in memory.
  private static let cropBudget = 1 << 30
  /// A message ends with the sample that reaches one of these.
  private static let samplesPerMessage = 256
  private static let bytesPerMessage = 8 << 20

  let snapshot: TrainingSnapshot
  /// Those that take part.
  let templates: [TrainableTemplate]
  /// Templates that cannot.
  let skipped: Int
  /// The numbers of everybody it is about, the subject of the negatives included.
  let subjects: Set<Int64>

  /// Reads which templates there are.
  ///
  /// - Throws: `badParams` when there are fewer than two subjects to tell apart, or a network is to be trained and somebody would
  ///   be lost, of whom no crop was kept.
  init(_ engine: Engine, model: ModelIdentity, isHeadOnly: Bool) throws {
    snapshot = try engine.gallery.trainable(for: model, negatives: Self.negativesID)
    let negatives = snapshot.negatives
    templates = snapshot.templates.filter { $0.cropTemplate != nil || (isHeadOnly && $0.isOfModel) }
    skipped = snapshot.templates.count - templates.count
    subjects = Set(templates.map(\.subject))
    let people = subjects.filter { $0 != negatives }
    guard people.count >= 2 else {
      throw WireError.badParams(
        "There is nothing to tell apart: \(people.count) enrolled subjects have what a training needs, and two must.",
        details: ["reason": "tooFewSubjects"])
    }
    if !isHeadOnly {
      let lost = Set(snapshot.templates.map(\.subject)).subtracting(subjects).count
      guard lost == 0 else {
        throw WireError.badParams(
          "A changed network would no longer know \(lost) subjects of whom no crop was kept: enroll them again, or train "
            + "with the scope head.", details: ["reason": "withoutCrop", "count": .integer(Int64(lost))])
      }
    }
  }

  /// The id of the subject whose faces are nobody's.
  static let negativesID = ReservedSubject.unknown

  /// Reads everything and hands it over in messages.
  ///
  /// - Parameter send: sends one message; false ends it.
  /// - Returns: whether all was sent.
  func forEachMessage(_ engine: Engine, _ send: (TrainerMessage, [UInt8]) throws -> Bool) throws -> Bool {
    let manifests = engine.recognizerManifests()
    var cropsLeft = Self.cropBudget
    var (samples, bytes): ([TrainerSample], [UInt8]) = ([], [])
    for template in templates {
      let embedding = template.isOfModel ? try engine.gallery.embedding(ofTemplate: template.id) ?? [] : []
      var crop: [UInt8] = []
      var geometry: [Float]?
      if let origin = template.cropTemplate, let kept = try engine.gallery.keptCrop(ofTemplate: origin),
        kept.image.count <= cropsLeft
      {
        let face =
          kept.geometry.map { DetectedFace($0) }
          ?? template.cropModelSHA256.flatMap { manifests[$0]?.faceInOwnCrop() }
        if let numbers = face.flatMap({ CropGeometry($0) }).map(CropGeometryNumbers.numbers) {
          geometry = numbers
          crop = kept.image
          cropsLeft -= crop.count
        }
      }
      // The subject may have been removed since: then nothing of it is left to send.
      guard !crop.isEmpty || !embedding.isEmpty else { continue }
      samples.append(
        TrainerSample(
          id: template.id, subject: template.subject == snapshot.negatives ? nil : template.subject, crop: crop.count,
          geometry: geometry, embedding: embedding.count))
      bytes += crop
      bytes += FloatBytes.encode(embedding)
      if samples.count >= Self.samplesPerMessage || bytes.count >= Self.bytesPerMessage {
        guard try send(TrainerMessage(samples: samples), bytes) else { return false }
        (samples, bytes) = ([], [])
      }
    }
    return try samples.isEmpty || send(TrainerMessage(samples: samples), bytes)
  }
}
