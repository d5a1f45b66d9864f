internal import FacePipeline
internal import GalleryStore
internal import Protocol

/// Serves `stream.learn`: enrols the person of a track from the frames that come.
///
/// It waits on a thread of its own while the frames of the stream offer it faces, then writes the gallery in one
/// transaction.
struct StreamLearnHandler: MethodHandler {
  typealias Method = StreamLearn
  static let isHeld = true
  let engine: Engine

  private static let defaultCount = 50
  private static let defaultSeconds = 30.0

  func handle(_ params: StreamLearn.Params, _ context: RequestContext) throws -> StreamLearn.Result {
    try engine.replayIfKnown(context)
    let limit = context.arrival.advanced(byMs: Int((params.seconds ?? Self.defaultSeconds) * 1_000))
    let stream = try engine.streams.find(params.stream)
    let models = try engine.modelsNow()
    let learning = Learning(engine: engine, models: models, params: params)
    let capture = try stream.capture(params.track, count: params.count ?? Self.defaultCount, models: models)
    defer { stream.release(capture) }
    if let anchor = capture.anchor { try learning.checkEarly(anchor) }
    context.whenTold { capture.wake() }
    var seen = 0
    while true {
      let step = capture.next(
        after: seen, until: limit, deadline: context.deadline, isStopped: { context.isStopped },
        isConcluding: { context.isConcluding })
      switch step {
      case .check: try context.checkpoint()
      case .fail(let error): throw error
      case .report(let progress, let version):
        seen = version
        context.setProgress(Float(progress.captured) / Float(params.count ?? Self.defaultCount))
        try context.emit(
          CaptureEvent(
            frame: progress.frame, captured: progress.captured, count: params.count ?? Self.defaultCount,
            rejected: Dictionary(uniqueKeysWithValues: progress.rejected.map { ($0.rawValue, $1) })))
      case .finish(let captured, let end):
        return try learning.store(captured, end, context)
      }
    }
  }
}
