package import Protocol

/// What the parent said, free of framing.
package enum Incoming: Sendable {
  /// A request whose JSON is one well-formed object.
  case request(RequestID, JSONValue, attachments: ArraySlice<UInt8>, size: Int)
  /// The request with this id is no longer wanted.
  case cancel(RequestID)
  /// A request that could not be read; without an id when that could not be read either.
  case unreadable(RequestID?, WireError)
}

/// The reading half of a way to carry messages: frames, or lines of text.
package protocol InputChannel: Sendable {
  /// Takes the next bytes of the stream.
  mutating func append(_ bytes: UnsafeRawBufferPointer)
  /// The stream has ended; what is left is a last message or a fragment.
  mutating func end()
  /// The next message, or nil when more bytes are needed.
  mutating func next() throws(FrameError) -> Incoming?
}

/// The writing half: turns a message into bytes.
protocol OutputFormat: Sendable {
  /// The bytes of one message. `id` is nil only for an error whose request had no readable id.
  func encode(_ kind: FrameKind, _ id: RequestID?, json: [UInt8]) -> [UInt8]
}

/// How messages travel.
package enum ChannelMode: Sendable {
  /// FWP/1 frames.
  case frames
  /// JSON, one object a line.
  case lines

  /// A reader of what the parent sends, within these limits.
  package func input(limits: Limits) -> any InputChannel {
    switch self {
    case .frames: FrameChannel(limits: limits)
    case .lines: LineChannel(limits: limits)
    }
  }

  func output(limits: Limits) -> any OutputFormat {
    switch self {
    case .frames: FrameFormat(encoder: FrameEncoder(limits: limits))
    case .lines: LineFormat()
    }
  }
}
