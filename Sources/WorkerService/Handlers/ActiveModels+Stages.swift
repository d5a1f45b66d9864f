internal import FaceModels
internal import FacePipeline
internal import Protocol

extension ActiveModels {
  /// Detects and judges the faces of a decoded picture, timed; `minFaceSize` counts pixels of the full picture.
  func detect(
    _ picture: LoadedImage, _ options: FaceOptions, _ context: RequestContext, _ run: RunContext
  ) throws -> [AnalyzedFace] {
    try context.checkpoint()
    return try context.measure(.detect) {
      var scaled = options
      scaled.minFaceSize = max(1, options.minFaceSize / picture.reduction)
      let found = try pipeline.detect(picture.image, options: scaled, context: run)
      return try pipeline.analyze(found, in: picture.image, context: run)
    }
  }

  /// Adds the embeddings, timed.
  func embed(_ faces: [AnalyzedFace], _ context: RequestContext, _ run: RunContext) throws -> [AnalyzedFace] {
    try context.checkpoint()
    return try context.measure(.embed) { try pipeline.embed(faces, context: run) }
  }
}
