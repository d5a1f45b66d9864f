internal import FacePipeline
internal import Protocol

/// Serves `embed`: the faces with their embeddings.
struct EmbedHandler: MethodHandler {
  typealias Method = Embed
  let engine: Engine

  func handle(_ params: Embed.Params, _ context: RequestContext) throws -> ImageAnswer {
    let options = FaceOptions(minFaceSize: params.minFaceSize, maxFaces: params.maxFaces)
    let models = engine.modelsInUse()
    return try ImageAnswers.answer(context, models.recognizing) { attachment in
      try engine.work(context) { run in
        let picture = try attachment.picture(context, minFaceSize: options.minFaceSize)
        let faces = try models.embed(models.detect(picture, options, context, run), context, run)
        return ImageFaces(
          image: picture.size, faces: faces.map { Face($0, reduction: picture.reduction, showsEmbedding: true) },
          models: models.recognizing)
      }
    }
  }
}
