internal import Decisions
internal import Evaluation
internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Images
internal import Networks
internal import Protocol

/// Turns the photos of an evaluation into embeddings, one at a time at low priority, and keeps count of those that cannot be
/// used: none of them stops the evaluation.
struct PhotoEmbedder {
  /// What the embeddings of one evaluation may take, in bytes.
  private static let maxBytes = 512 << 20
  /// Failures that are listed, not only counted, in the report.
  private static let listed = 1000

  let models: ActiveModels
  let context: RequestContext
  private let choice: FaceChoice
  private let minFaceSize: Double
  private(set) var summary = PhotoSummary()

  /// - Throws: ``WireError`` `badParams` when so many embeddings would take too much memory.
  init(
    _ models: ActiveModels, _ context: RequestContext, select: EvaluatedFace?, minFaceSize: Int?, photos: Int
  ) throws(WireError) {
    self.models = models
    self.context = context
    choice =
      switch select ?? .center {
      case .center: .center
      case .largest: .largest
      }
    self.minFaceSize = FaceOptions(minFaceSize: minFaceSize, maxFaces: nil).minFaceSize
    let most = Self.maxBytes / (4 * max(1, models.identity.dimension))
    guard photos <= most else {
      throw .badParams("There are \(photos) photos; at most \(most) can be evaluated with this recognizer.")
    }
  }

  /// The chosen face with its normalized embedding; `nil` when the photo cannot be used, which is then counted.
  mutating func embed(_ photo: FoundPhoto, looksAgain: Bool = false) throws -> DecisionFace? {
    summary.photos += 1
    do {
      let found = try look(at: photo, again: looksAgain)
      if found.faces > 1 { summary.severalFaces += 1 }
      guard found.faces > 0 else { throw WireError(.noFace, "No face was found.") }
      guard let face = found.face, let embedding = face.embedding.flatMap(Self.normalized) else {
        throw WireError(.lowQuality, "The face's landmarks cannot be used.")
      }
      return DecisionFace(
        embedding: embedding, quality: face.quality.score, hasFaults: !face.quality.reasons.isEmpty,
        otherViews: found.otherViews)
    } catch {
      var wire = ErrorMapping.wireError(for: error)
      if wire.code == .pathNotAllowed, context.paths.isPlainlyMissing(photo.path) { wire = .badParams("") }
      if [.cancelled, .deadlineExceeded, .internal].contains(wire.code) { throw wire }
      summary.add(
        PhotoFailure(path: photo.shown, code: wire.code.rawValue, message: Self.message(wire)), listed: Self.listed)
      return nil
    }
  }

  private func look(
    at photo: FoundPhoto, again: Bool
  ) throws -> (faces: Int, face: AnalyzedFace?, otherViews: [[Float]]) {
    let file = InputAttachment.file(photo.path, name: "photo", context: context)
    // Not by way of `ActiveModels`, whose stages ask the request itself whether to go on.
    return try LowPriority.run("fw-embed", watch: { _ in try context.checkpoint() }) { signals in
      let picture = try file.picture(context).image
      let run = RunContext(pool: .serial, checkpoint: { try signals.checkpoint() })
      let faces = try context.measure(.detect) {
        try models.pipeline.detect(picture, options: FaceOptions(minFaceSize: minFaceSize), context: run)
      }
      guard let chosen = choice.pick(faces, width: Double(picture.width), height: Double(picture.height)) else {
        return (0, nil, [])
      }
      let analyzed = try models.pipeline.analyze([faces[chosen]], in: picture)
      return try context.measure(.embed) {
        let embedded = try models.pipeline.embed(analyzed, context: run)
        let views = again ? try models.pipeline.embedOtherViews(embedded, in: picture, context: run) : []
        return (faces.count, embedded.first, views.first ?? [])
      }
    }
  }

  /// A photo's problem in words that do not speak of attachments.
  private static func message(_ error: WireError) -> String {
    switch error.code {
    case .badParams: "The file is missing, or no regular file that can be read."
    case .pathNotAllowed: "The path is not below a folder given with --allow-path."
    default: error.message
    }
  }

  private static func normalized(_ embedding: [Float]) -> [Float]? {
    let length = embedding.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard length.isFinite, length > 1e-12 else { return nil }
    return embedding.map { Float(Double($0) / length) }
  }
}
