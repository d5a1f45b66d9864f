/// The JSON of a result frame.
public struct Reply<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
  /// What the method returns.
  public var result: Value
  /// Where the time went.
  public var timing: Timing
  /// Rises with every write to the gallery or swap of a model.
  public var generation: Int
  /// True when this repeats the first answer to a request with the same `key`; else absent.
  public var replayed: Bool?

  /// A reply of its parts.
  public init(result: Value, timing: Timing, generation: Int, replayed: Bool? = nil) {
    self.result = result
    self.timing = timing
    self.generation = generation
    self.replayed = replayed
  }
}
