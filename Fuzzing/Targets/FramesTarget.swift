internal import Protocol
internal import TestSupport

extension FuzzTarget {
  /// Small limits, so that small inputs reach them.
  static let smallLimits = Limits(maxFrame: 4096, maxJSON: 512, maxDepth: 16)

  /// FWP/1 frames of either side: the first byte says whose and under which limits, the rest is the stream.
  static let frames = FuzzTarget("frames", maxBytes: 8192, largestAllocation: 72) { bytes in
    guard let first = bytes.first else { return }
    let sender: FrameSender = first & 1 == 0 ? .parent : .worker
    let limits = first & 2 == 0 ? smallLimits : Limits.standard
    let stream = Array(bytes.dropFirst())
    let outcome = FrameVerifier.outcome([stream], from: sender, limits: limits)
    // A frame that announces much makes room for it each time; those streams are cut less often.
    for size in limits == smallLimits ? [1, 3, 19, 20, 21] : [1, 23] where size < stream.count {
      let cut = FrameVerifier.outcome(FrameVerifier.pieces(of: stream, size: size), from: sender, limits: limits)
      try FuzzFinding.unless(cut == outcome, "pieces of \(size) bytes give other frames")
    }
    try checkBuffer(stream, sender, limits)
    try checkEncoding(outcome.frames, sender, limits)
  }

  private static func checkBuffer(_ stream: [UInt8], _ sender: FrameSender, _ limits: Limits) throws(FuzzFinding) {
    var decoder = FrameDecoder(from: sender, limits: limits)
    decoder.append(stream)
    try FuzzFinding.unless(
      decoder.bufferedBytes <= min(stream.count, limits.maxFrame + 4), "the decoder keeps more than a frame")
  }

  /// What was decoded encodes to bytes that decode to the same.
  private static func checkEncoding(_ frames: [Frame], _ sender: FrameSender, _ limits: Limits) throws {
    let encoder = FrameEncoder(limits: limits)
    for frame in frames {
      if let skipped = frame.skippedJSON {
        try FuzzFinding.unless(skipped > limits.maxJSON && frame.json.isEmpty, "a JSON within the limits is skipped")
        continue
      }
      try FuzzFinding.unless(frame.json.count <= limits.maxJSON, "a JSON over the limits is kept")
      let again = FrameVerifier.outcome([try encoder.encode(frame)], from: sender, limits: limits)
      try FuzzFinding.unless(again == FrameVerifier.Outcome(frames: [frame]), "a frame encodes to another")
    }
  }
}
