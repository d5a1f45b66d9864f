/// How far a long request is.
public struct ProgressEvent: Codable, Sendable, Equatable {
  /// Always `progress`.
  public var event: String
  /// Steps done so far.
  public var done: Int
  /// Steps in all.
  public var total: Int
  /// What is being done now.
  public var stage: String?

  /// Progress of `done` steps out of `total`.
  public init(done: Int, total: Int, stage: String? = nil) {
    event = "progress"
    self.done = done
    self.total = total
    self.stage = stage
  }
}

/// Any event, to find out which one it is before decoding it.
public struct EventName: Codable, Sendable, Equatable {
  /// `image`, `progress`, `capture`; later versions may add words.
  public var event: String
}
