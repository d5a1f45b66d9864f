internal import Protocol

/// Serves `stream.open`: begins a stream.
struct StreamOpenHandler: MethodHandler {
  typealias Method = StreamOpen
  let engine: Engine

  func handle(_ params: StreamOpen.Params, _ context: RequestContext) throws -> StreamOpen.Result {
    try FaceJudge.check(params.rule, try engine.modelsNow())
    var settings = StreamSettings()
    settings.topK = params.topK ?? settings.topK
    settings.rule = params.rule ?? settings.rule
    settings.threshold = params.threshold
    settings.minFaceSize = params.minFaceSize.map(Double.init) ?? settings.minFaceSize
    settings.maxFaces = params.maxFaces ?? settings.maxFaces
    return StreamOpen.Result(stream: try engine.streams.open(settings).id)
  }
}
