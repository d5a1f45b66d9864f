internal import FacePipeline
internal import Protocol

/// Serves `detect`: where the faces are and how good they are.
struct DetectHandler: MethodHandler {
  typealias Method = Detect
  let engine: Engine

  func handle(_ params: Detect.Params, _ context: RequestContext) throws -> ImageAnswer {
    let options = FaceOptions(minFaceSize: params.minFaceSize, maxFaces: params.maxFaces)
    let models = engine.modelsInUse()
    return try ImageAnswers.answer(context, models.detecting) { attachment in
      try engine.work(context) { run in
        let picture = try attachment.picture(context, minFaceSize: options.minFaceSize)
        let faces = try models.detect(picture, options, context, run)
        return ImageFaces(
          image: picture.size, faces: faces.map { Face($0, reduction: picture.reduction) }, models: models.detecting)
      }
    }
  }
}
