internal import Digests
internal import FacePipeline
internal import GalleryStore
internal import Images
internal import Protocol

/// Serves `stream.frame`: which tracks the faces of a frame continue, and who they are.
struct StreamFrameHandler: MethodHandler {
  typealias Method = StreamFrame
  let engine: Engine

  func place(_ params: StreamFrame.Params) -> SeriesPlace? {
    guard let stream = try? engine.streams.find(params.stream) else { return nil }
    let number = stream.arrive()
    return SeriesPlace(series: stream.id, number: number) {
      stream.drop()
      return (try? WireJSON.encode(FrameAnswer.dropped(frame: number))) ?? []
    }
  }

  func handle(_ params: StreamFrame.Params, _ context: RequestContext) throws -> FrameAnswer {
    let stream = try engine.streams.find(params.stream)
    guard let number = context.seriesNumber, let attachment = context.attachments.first else { throw StreamTable.lost }
    return try stream.work { scene, captures in
      let models = try engine.modelsNow()
      return try engine.work(context) { run in
        var step = FrameStep(
          engine: engine, models: models, settings: stream.settings, context: context, number: number,
          attachment: attachment)
        return .tracks(try step.run(&scene, captures, timeMs: params.timeMs, run))
      }
    }
  }
}
