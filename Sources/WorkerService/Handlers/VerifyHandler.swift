internal import FaceModels
internal import FacePipeline
internal import Protocol

/// Serves `verify`: whether the largest faces of two images belong to one person.
struct VerifyHandler: MethodHandler {
  typealias Method = Verify
  let engine: Engine

  func handle(_ params: Verify.Params, _ context: RequestContext) throws -> Verify.Result {
    let models = engine.modelsInUse()
    var chosen: [AnalyzedFace] = []
    for name in ["a", "b"] {
      guard let attachment = context.attachments.first(where: { $0.name == name }) else { continue }
      let face = try engine.work(context) { run in
        let picture = try attachment.picture(context)
        let faces = try models.detect(picture, FaceOptions(maxFaces: 1), context, run)
        if let largest = faces.first, largest.aligned == nil, largest.face.landmarks.isEmpty {
          throw WireError(
            .lowQuality, "The detector in use gives no landmarks, by which the recognizer aligns a face.",
            details: ["attachment": .string(name)])
        }
        guard let largest = faces.first, largest.aligned != nil else {
          throw WireError(.noFace, "No face was found in image \"\(name)\".", details: ["attachment": .string(name)])
        }
        return try models.embed([largest], context, run)[0]
      }
      chosen.append(face)
    }
    guard chosen.count == 2, let a = chosen[0].embedding, let b = chosen[1].embedding else {
      throw WireError(.noFace, "A face could not be embedded.")
    }
    let score = Self.cosine(a, b)
    let rules = try engine.matchRules(models)
    let threshold = rules.verificationThreshold
    return Verify.Result(
      score: score, calibrated: rules.calibrated(score), match: score >= threshold, threshold: threshold,
      faces: chosen.map { Face($0, reduction: 1) }, models: models.recognizing)
  }

  /// The match score of two embeddings, of length 1 or not.
  private static func cosine(_ a: [Float], _ b: [Float]) -> Float {
    func dot(_ x: [Float], _ y: [Float]) -> Float { zip(x, y).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
    let lengths = (dot(a, a) * dot(b, b)).squareRoot()
    return min(max(dot(a, b) / max(lengths, 1e-12), -1), 1)
  }
}
