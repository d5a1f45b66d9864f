import Protocol
import TestSupport

@testable import WorkerService

/// Handlers with a will of their own, on real commands.
enum TestHandlers {
  static func registry(_ gate: Gate) -> HandlerRegistry {
    HandlerRegistry([
      DetectHandler(gate: gate), EnrollHandler(), FrameHandler(gate: gate), GetHandler(gate: gate), HeldHandler(),
      JobHandler(gate: gate), VerifyHandler(),
    ])
  }

  static func record(_ subject: String, name: String? = nil, templates: Int = 1) -> SubjectRecord {
    SubjectRecord(
      subject: subject, name: name, templates: templates, createdAt: "2026-01-01T00:00:00Z",
      updatedAt: "2026-01-01T00:00:00Z")
  }

  struct Surprise: Error {
    var secret = "a name nobody may see"
  }

  struct Known: WireErrorConvertible {
    var wireError: WireError { WireError(.storageFailed, "The disk is full.") }
  }

  /// Does what the subject's id says.
  struct GetHandler: MethodHandler {
    typealias Method = SubjectsGet
    let gate: Gate

    func handle(_ params: SubjectsGet.Params, _ context: RequestContext) throws -> SubjectRecord {
      switch params.subject {
      case "gate": gate.pass()
      case "gateThenCheck":
        gate.pass()
        try context.checkpoint()
      case "spin": while true { try context.checkpoint() }
      case "surprise": throw Surprise()
      case "known": throw Known()
      case "missing": throw WireError(.subjectNotFound, "No subject has that id.")
      case "nan":
        _ = try context.encode([Float.nan])
      case "huge": return record("huge", name: String(repeating: "x", count: 1_100_000))
      case "large": return record("large", name: String(repeating: "x", count: 100_000))
      case "fingerprint": return record(try context.fingerprint())
      default: break
      }
      return record(params.subject)
    }
  }

  /// Sends one event an image, then counts. The height is the first byte, `templates` nothing.
  struct DetectHandler: MethodHandler {
    typealias Method = Detect
    let gate: Gate

    func handle(_ params: Detect.Params, _ context: RequestContext) throws -> ImageAnswer {
      if params.maxFaces == 999 { gate.pass() }
      var failed = 0
      for attachment in context.attachments {
        try context.checkpoint()
        do throws(WireError) {
          let loaded = try context.measure(.decode) { () throws(WireError) in try attachment.load() }
          let size = ImageSize(width: loaded.bytes.count, height: Int(loaded.bytes.first ?? 0))
          if context.attachments.count == 1 { return .one(ImageFaces(image: size, faces: [])) }
          try context.emit(ImageEvent(index: attachment.index, name: attachment.name, image: size, faces: []))
        } catch {
          if context.attachments.count == 1 { throw error }
          failed += 1
          try context.emit(ImageEvent(index: attachment.index, name: attachment.name, error: error))
        }
      }
      let count = context.attachments.count
      return .many(ImageCounts(images: count, succeeded: count - failed, failed: failed, faceCount: 0))
    }
  }

  /// A job that says how far it is, waits at the gate, and does what the model's name says.
  struct JobHandler: MethodHandler {
    typealias Method = GalleryReembed
    static let isJob = true
    let gate: Gate

    func handle(_ params: GalleryReembed.Params, _ context: RequestContext) throws -> GalleryReembed.Result {
      try context.progress(done: 1, total: 4, stage: "embed")
      switch params.model {
      case "gate": gate.pass()
      case "spin": while true { try context.checkpoint() }
      default: break
      }
      try context.checkpoint()
      try context.progress(done: 4, total: 4, stage: "embed")
      return GalleryReembed.Result(model: params.model ?? "", embedded: 4, skipped: 0, subjects: 1)
    }
  }

  /// Remembers results by key.
  struct EnrollHandler: MethodHandler {
    typealias Method = Enroll
    private let answers = Monitor<[String: [UInt8]]>([:])

    func handle(_ params: Enroll.Params, _ context: RequestContext) throws -> Enroll.Result {
      let result = Enroll.Result(subject: params.subject, added: context.attachments.count, templates: 1)
      if let key = context.key {
        if let known = answers.read({ $0[key] }) { throw ReplayedAnswer(result: known, generation: 7) }
        let bytes = try context.encode(result)
        answers.update { $0[key] = bytes }
      }
      context.setGeneration(7)
      return result
    }
  }

  /// Frames in series by their stream; those of time 1 wait at the gate.
  struct FrameHandler: MethodHandler {
    typealias Method = StreamFrame
    let gate: Gate
    private let counts = Monitor<[String: Int]>([:])

    init(gate: Gate) { self.gate = gate }

    func place(_ params: StreamFrame.Params) -> SeriesPlace? {
      if params.stream == "alone" { return nil }
      let number = counts.update { counts in
        counts[params.stream, default: 0] += 1
        return counts[params.stream, default: 0]
      }
      return SeriesPlace(series: params.stream, number: number) {
        (try? WireJSON.encode(FrameAnswer.dropped(frame: number))) ?? []
      }
    }

    func handle(_ params: StreamFrame.Params, _ context: RequestContext) throws -> FrameAnswer {
      if params.timeMs == 1 { gate.pass() }
      try context.checkpoint()
      return .tracks(
        FrameTracks(image: ImageSize(width: 1, height: 1), frame: context.seriesNumber ?? 0, tracks: []))
    }
  }

  /// Waits until it is told that nothing is to come.
  struct HeldHandler: MethodHandler {
    typealias Method = StreamLearn
    static let isHeld = true

    func handle(_ params: StreamLearn.Params, _ context: RequestContext) throws -> StreamLearn.Result {
      let told = Monitor(0)
      context.whenTold { told.update { $0 += 1 } }
      try context.emit(CaptureEvent(frame: 0, captured: 0, count: 1))
      let deadline = context.deadline
      told.wait { _ in context.isConcluding || context.isStopped ? .done(()) : .sleep(until: deadline) }
      try context.checkpoint()
      return StreamLearn.Result(
        subject: params.subject ?? "", captured: 0, ended: .inputEnded, added: 0, templates: 0)
    }
  }

  struct VerifyHandler: MethodHandler {
    typealias Method = Verify
    func handle(_ params: NoParams, _ context: RequestContext) throws -> Verify.Result {
      Verify.Result(score: 1, match: true, threshold: 0.5, faces: [])
    }
  }
}
