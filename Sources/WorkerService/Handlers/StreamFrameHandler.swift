internal import Protocol

/// Serves `stream.frame`: which tracks the faces of a frame continue, and who they are.
struct StreamFrameHandler: MethodHandler {
  typealias Method = StreamFrame
  let engine: Engine

  func handle(_ params: StreamFrame.Params, _ context: RequestContext) throws -> FrameAnswer {
    _ = try engine.streams.find(params.stream)
    throw WireError(.internal, "Frames are not served yet.")
  }
}
