internal import Protocol

/// Serves `stream.open`: begins a stream.
struct StreamOpenHandler: MethodHandler {
  typealias Method = StreamOpen
  let engine: Engine

  func handle(_ params: StreamOpen.Params, _ context: RequestContext) throws -> StreamOpen.Result {
    if let rule = params.rule, rule == .seed || rule == .classifier {
      throw WireError(
        .modelNotFound,
        "The rule \"\(rule.rawValue)\" needs a trained classifier, and this gallery has none; "
          + "use \"gallery\" or leave the rule out.")
    }
    var settings = StreamSettings()
    settings.topK = params.topK ?? settings.topK
    settings.rule = params.rule ?? settings.rule
    settings.threshold = params.threshold
    settings.minFaceSize = params.minFaceSize.map(Double.init) ?? settings.minFaceSize
    settings.maxFaces = params.maxFaces ?? settings.maxFaces
    return StreamOpen.Result(stream: try engine.streams.open(settings).id)
  }
}
