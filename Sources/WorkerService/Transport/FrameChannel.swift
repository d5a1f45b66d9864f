internal import Protocol

/// Messages as FWP/1 frames.
struct FrameChannel: InputChannel {
  private let limits: Limits
  private var decoder: FrameDecoder
  private var hasEnded = false

  init(limits: Limits) {
    self.limits = limits
    decoder = FrameDecoder(from: .parent, limits: limits)
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) { decoder.append(bytes) }

  mutating func end() { hasEnded = true }

  mutating func next() throws(FrameError) -> Incoming? {
    guard let frame = try decoder.next() else {
      if hasEnded { try decoder.finish() }
      return nil
    }
    if frame.kind == .cancel { return .cancel(frame.id) }
    if let size = frame.skippedJSON {
      return .unreadable(frame.id, .oversizedJSON(size, limit: limits.maxJSON))
    }
    do throws(WireError) {
      let json = try WireJSON.object(frame.json, limits: limits)
      return .request(
        frame.id, json, attachments: frame.attachments, size: frame.json.count + frame.attachments.count)
    } catch {
      return .unreadable(frame.id, error)
    }
  }
}

/// Answers as FWP/1 frames.
struct FrameFormat: OutputFormat {
  let encoder: FrameEncoder

  func encode(_ kind: FrameKind, _ id: RequestID?, json: [UInt8]) -> [UInt8] {
    let frame = Frame(kind: kind, id: id ?? .connection, json: json[...])
    return (try? encoder.encode(frame)) ?? []
  }
}
