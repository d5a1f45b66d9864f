/// Where a request's time went, in milliseconds. For many images the stages are sums over all of them.
public struct Timing: Codable, Sendable, Equatable {
  /// From arrival to the start of the work.
  public var queueMs: Double
  /// Reading and decoding images.
  public var decodeMs: Double?
  /// Finding faces.
  public var detectMs: Double?
  /// Aligning faces and computing embeddings.
  public var embedMs: Double?
  /// From arrival to the answer.
  public var totalMs: Double

  /// Times in milliseconds; stages that did not run are nil.
  public init(
    queueMs: Double = 0, decodeMs: Double? = nil, detectMs: Double? = nil, embedMs: Double? = nil, totalMs: Double = 0
  ) {
    self.queueMs = queueMs
    self.decodeMs = decodeMs
    self.detectMs = detectMs
    self.embedMs = embedMs
    self.totalMs = totalMs
  }
}
