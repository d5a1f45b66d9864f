/// The bounds a worker keeps, stated in `ready` so that a host can check before it sends.
public struct Limits: Codable, Sendable, Equatable {
  /// Largest `N` of a frame, in bytes.
  public var maxFrame: Int
  /// Largest JSON of a frame in either direction, in bytes; also the longest line in text mode.
  public var maxJSON: Int
  /// Deepest nesting of objects and arrays in a request.
  public var maxDepth: Int
  /// Requests that may wait for their turn.
  public var maxPending: Int
  /// Bytes of frames that may wait for their turn.
  public var maxPendingBytes: Int
  /// Answers waiting for the parent to read them, in bytes, before requests are held back.
  public var maxOutgoingBytes: Int
  /// Width times height of the largest image that is decoded, in pixels.
  public var maxPixels: Int
  /// Attachments of one request.
  public var maxAttachments: Int
  /// Streams that may be open.
  public var maxStreams: Int
  /// A stream that gets no frame for so long is closed, in milliseconds.
  public var streamIdleMs: Int
  /// `stream.learn` requests that may be open.
  public var maxCaptures: Int

  /// Limits with the values of ``standard`` for everything not given.
  public init(
    maxFrame: Int = 67_108_864, maxJSON: Int = 1_048_576, maxDepth: Int = 64, maxPending: Int = 256,
    maxPendingBytes: Int = 134_217_728, maxOutgoingBytes: Int = 16_777_216, maxPixels: Int = 40_000_000,
    maxAttachments: Int = 1_000, maxStreams: Int = 64, streamIdleMs: Int = 300_000, maxCaptures: Int = 16
  ) {
    self.maxFrame = maxFrame
    self.maxJSON = maxJSON
    self.maxDepth = maxDepth
    self.maxPending = maxPending
    self.maxPendingBytes = maxPendingBytes
    self.maxOutgoingBytes = maxOutgoingBytes
    self.maxPixels = maxPixels
    self.maxAttachments = maxAttachments
    self.maxStreams = maxStreams
    self.streamIdleMs = streamIdleMs
    self.maxCaptures = maxCaptures
  }

  /// The limits of a worker started without options.
  public static let standard = Limits()
}
