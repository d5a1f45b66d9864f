import Protocol

/// What a supervisor has to know of a worker's frame, read where the frame is read so that the one thread that decides
/// never parses.
struct FrameFacts: Sendable, Equatable {
  /// The index of an `image` event.
  var image: Int?
  /// The job of an event.
  var job: String?
  /// The stream that a result opens.
  var stream: String?
  /// The code of an error.
  var code: String?

  /// Facts of a frame without any.
  static let none = FrameFacts()

  /// Longest result that is looked into: what opens a stream is short, and a long one need not be read twice.
  private static let longestResult = 512

  init(image: Int? = nil, job: String? = nil, stream: String? = nil, code: String? = nil) {
    self.image = image
    self.job = job
    self.stream = stream
    self.code = code
  }

  init(_ frame: Frame) {
    self.init()
    switch frame.kind {
    case .event:
      guard let event = try? WireJSON.object(frame.json) else { return }
      if event["event"] == .string("image"), case .integer(let index) = event["index"] { image = Int(index) }
      if case .string(let job) = event["job"] { self.job = job }
    case .result where frame.json.count <= FrameFacts.longestResult:
      if case .string(let stream) = (try? WireJSON.object(frame.json))?["result"]?["stream"] { self.stream = stream }
    case .error:
      if case .string(let code) = (try? WireJSON.object(frame.json))?["error"]?["code"] { self.code = code }
    case .ready, .request, .cancel, .result: break
    }
  }
}
