internal import Protocol

/// Serves `stream.close`: ends a stream and says what it was.
struct StreamCloseHandler: MethodHandler {
  typealias Method = StreamClose
  let engine: Engine

  func handle(_ params: StreamClose.Params, _ context: RequestContext) throws -> StreamClose.Result {
    try engine.streams.close(params.stream).counts
  }
}
