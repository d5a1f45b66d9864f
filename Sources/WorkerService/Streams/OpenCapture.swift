internal import FacePipeline
internal import GalleryStore
internal import Protocol

/// A crop that was captured, ready to be enrolled.
struct CapturedCrop: Sendable {
  /// As the recognizer gave it.
  let embedding: [Float]
  let quality: Double
  let source: TemplateSource
  /// An encoded picture of the face and where the face is in it.
  let picture: KeptCrop
}

/// A `stream.learn` between two frames: the frames offer faces, the request waits for enough of them.
final class OpenCapture: Sendable {
  /// How far it is.
  struct Progress: Sendable {
    var frame: Int
    var captured: Int
    var rejected: [CaptureReason: Int]
  }

  /// What the request that waits does next.
  enum Step: Sendable {
    /// Tell how far it is.
    case report(Progress, version: Int)
    /// Make do with this.
    case finish(Capture<CapturedCrop>, CaptureEnd)
    case fail(WireError)
    /// Look whether anybody still wants the answer.
    case check
  }

  private enum Phase {
    case open
    case ended(CaptureEnd)
    case failed(WireError)
  }

  private struct State {
    var capture: Capture<CapturedCrop>
    var phase = Phase.open
    var bars: SimilarityBars?
    var frame = 0
    /// Rises with every face that was offered.
    var version = 0
  }

  let track: Int
  /// Whose looks are compared.
  let recognizer: ModelIdentity
  private let state: Monitor<State>

  init(track: Int, recognizer: ModelIdentity, _ capture: Capture<CapturedCrop>) {
    self.track = track
    self.recognizer = recognizer
    state = Monitor(State(capture: capture))
  }

  var isOpen: Bool {
    state.read {
      if case .open = $0.phase { true } else { false }
    }
  }

  // MARK: For the frames

  /// Offers a face; see ``Capture/offer(_:bars:crop:)``.
  func offer(_ face: CaptureOffer, bars: SimilarityBars, crop: () throws -> CapturedCrop?) rethrows {
    try state.update { state in
      guard case .open = state.phase else { return }
      try state.capture.offer(face, bars: bars, crop: crop)
      state.bars = bars
      state.frame = face.frame
      state.version += 1
      guard state.capture.isComplete else { return }
      // What the whole does not agree with makes room for more.
      state.capture.dropOutliers(bars: bars)
      if state.capture.isComplete { state.phase = .ended(.count) }
    }
  }

  /// No more faces will come.
  func end(_ end: CaptureEnd) {
    state.update { if case .open = $0.phase { $0.phase = .ended(end) } }
  }

  /// Nothing will come of it.
  func fail(_ error: WireError) {
    state.update { if case .open = $0.phase { $0.phase = .failed(error) } }
  }

  // MARK: For the request

  /// The person as the track knew them at the beginning.
  var anchor: [Float]? { state.read { $0.capture.anchor } }

  /// Wakes the request.
  func wake() { state.update { _ in } }

  /// Waits for something to do after having seen a version, until `limit` at the latest, when it ends by itself.
  func next(
    after version: Int, until limit: Moment, deadline: Moment?, isStopped: () -> Bool, isConcluding: () -> Bool
  ) -> Step {
    state.wait { state in
      if case .open = state.phase {
        if isStopped() { return .done(.check) }
        if isConcluding() { state.phase = .ended(.inputEnded) }
        if Moment.now >= limit { state.phase = .ended(.time) }
      }
      if case .failed(let error) = state.phase { return .done(.fail(error)) }
      if state.version > version {
        let progress = Progress(
          frame: state.frame, captured: state.capture.entries.count, rejected: state.capture.rejected)
        return .done(.report(progress, version: state.version))
      }
      guard case .ended(let end) = state.phase else { return .sleep(until: min(limit, deadline ?? limit)) }
      if let bars = state.bars { state.capture.dropOutliers(bars: bars) }
      return .done(.finish(state.capture, end))
    }
  }
}
