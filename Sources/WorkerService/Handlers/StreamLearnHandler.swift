internal import Protocol

/// Serves `stream.learn`: enrols the person of a track from the frames that come.
struct StreamLearnHandler: MethodHandler {
  typealias Method = StreamLearn
  let engine: Engine

  func handle(_ params: StreamLearn.Params, _ context: RequestContext) throws -> StreamLearn.Result {
    _ = try engine.streams.find(params.stream)
    throw WireError(.internal, "Tracks are not learned yet.")
  }
}
