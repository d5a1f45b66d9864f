package import Protocol

/// Decodes a stream cut into pieces in many ways and insists that the cuts make no difference.
package enum FrameVerifier {
  /// What a stream decodes to.
  package struct Outcome: Equatable, Sendable {
    /// The frames, in order.
    package var frames: [Frame]
    /// The framing error after them, also `truncated` at the end of the stream.
    package var failure: FrameError.Reason?

    /// An outcome to compare with.
    package init(frames: [Frame] = [], failure: FrameError.Reason? = nil) {
      self.frames = frames
      self.failure = failure
    }
  }

  /// Two ways of cutting the same stream gave different frames.
  package struct Disagreement: Error, CustomStringConvertible {
    /// Which cuts.
    package var description: String
  }

  /// Decodes the stream whole, byte by byte, in pieces of several sizes, and three times over (glued).
  ///
  /// - Returns: what the stream decodes to.
  /// - Throws: ``Disagreement`` when a cut changes the outcome.
  package static func decode(
    _ bytes: [UInt8], from sender: FrameSender = .parent, limits: Limits = .standard
  ) throws -> Outcome {
    let whole = outcome([bytes], from: sender, limits: limits)
    for size in [1, 2, 3, 7, 19, 20, 21, 64, 4096] where size == 1 || size < bytes.count {
      guard outcome(pieces(of: bytes, size: size), from: sender, limits: limits) == whole else {
        throw Disagreement(description: "pieces of \(size) bytes differ from the whole stream")
      }
    }
    if whole.failure == nil {
      let glued = outcome([bytes + bytes + bytes], from: sender, limits: limits)
      guard glued.frames == whole.frames + whole.frames + whole.frames, glued.failure == nil else {
        throw Disagreement(description: "three times the stream is not three times the frames")
      }
    }
    return whole
  }

  /// Decodes pieces, taking frames after each.
  package static func outcome(_ pieces: [[UInt8]], from sender: FrameSender, limits: Limits) -> Outcome {
    var decoder = FrameDecoder(from: sender, limits: limits)
    var outcome = Outcome()
    do throws(FrameError) {
      for piece in pieces {
        decoder.append(piece)
        while let frame = try decoder.next() { outcome.frames.append(frame) }
      }
      try decoder.finish()
    } catch {
      outcome.failure = error.reason
    }
    return outcome
  }

  /// The bytes cut into pieces of `size`.
  package static func pieces(of bytes: [UInt8], size: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
  }
}
