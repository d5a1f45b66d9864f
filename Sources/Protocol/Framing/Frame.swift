/// What a frame is for; the third byte after the length.
public enum FrameKind: UInt8, Sendable, CaseIterable {
  /// Parent to worker: do something.
  case request = 1
  /// Parent to worker: the request with this id is no longer wanted.
  case cancel = 2
  /// Worker to parent, id 0, once: the worker can serve.
  case ready = 16
  /// Worker to parent: progress of a request, or news of the connection (id 0).
  case event = 17
  /// Worker to parent, terminal: the request succeeded.
  case result = 18
  /// Worker to parent, terminal: the request failed. With id 0 the connection is lost.
  case error = 19

  /// Which side sends frames of this kind.
  public var sender: FrameSender { rawValue < 16 ? .parent : .worker }

  /// Whether this frame is the last one for its id.
  public var isTerminal: Bool { self == .result || self == .error }
}

/// The two ends of the pipe.
public enum FrameSender: Sendable {
  /// The program that started the worker.
  case parent
  /// The worker.
  case worker
}

/// One message, in either direction.
public struct Frame: Sendable, Equatable {
  /// What the frame is for.
  public var kind: FrameKind
  /// The request it belongs to, or ``RequestID/connection``.
  public var id: RequestID
  /// One UTF-8 object, not yet parsed.
  public var json: ArraySlice<UInt8>
  /// The attachments back to back, uncopied: a slice of the frame's own body.
  public var attachments: ArraySlice<UInt8>
  /// Length of a JSON that was over the limit. The frame then carries neither JSON nor attachments: both are skipped
  /// on the pipe without being kept, and the next frame is in step.
  public var skippedJSON: Int?

  /// A frame of its parts.
  public init(
    kind: FrameKind, id: RequestID, json: ArraySlice<UInt8>, attachments: ArraySlice<UInt8> = [],
    skippedJSON: Int? = nil
  ) {
    self.kind = kind
    self.id = id
    self.json = json
    self.attachments = attachments
    self.skippedJSON = skippedJSON
  }

  /// A frame of its parts, the JSON given as text.
  public init(kind: FrameKind, id: RequestID, json: String, attachments: [UInt8] = []) {
    self.init(kind: kind, id: id, json: ArraySlice(json.utf8), attachments: attachments[...])
  }
}
