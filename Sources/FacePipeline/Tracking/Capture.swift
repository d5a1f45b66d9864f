/// A frame's face, offered to a ``Capture``.
package struct CaptureOffer: Sendable {
  /// Which frame.
  package var frame: Int
  /// What is wrong with the picture itself.
  package var faults: [FaceQuality.Reason]
  /// Whether it is surely a face that can be aligned.
  package var isCertain: Bool
  /// Overlap with where the track was expected, 0 to 1.
  package var expected: Double
  /// Whether another face is near, or was a moment ago.
  package var isCrowded: Bool
  /// The look; `nil` when none could be taken, or when it is suspected to be another person's.
  package var look: Look?
  /// How much the look is like the other face of the stream that it is most like; `nil` when there is none.
  package var likestOther: Float?

  package init(
    frame: Int, faults: [FaceQuality.Reason] = [], isCertain: Bool = true, expected: Double = 1,
    isCrowded: Bool = false, look: Look?, likestOther: Float? = nil
  ) {
    self.frame = frame
    self.faults = faults
    self.isCertain = isCertain
    self.expected = expected
    self.isCrowded = isCrowded
    self.look = look
    self.likestOther = likestOther
  }
}

/// The crops of one person that are gathered from the frames of a stream, and what was left out and why.
///
/// The bar is higher than that of a match: a crop must be where the track was expected, without a fault, alone, and as like to
/// the mean of what was captured as ``SimilarityBars/capture`` asks. What the first crop is compared with is the track's
/// appearance when the capture began. Of crops that are nearly the same as one before, every third is left out: variety comes
/// first, yet a still face gets there too.
package struct Capture<Crop: Sendable>: Sendable {
  /// One captured crop.
  package struct Entry: Sendable {
    package let frame: Int
    package let look: Look
    package let crop: Crop
  }

  /// A frame whose crop was not captured.
  package struct Rejection: Sendable, Equatable {
    package let frame: Int
    package let reasons: [CaptureReason]
  }

  /// Rejections that are kept one by one.
  package static var mostRejections: Int { 1_000 }
  /// Overlap with the expected place below which a face has jumped.
  private static var leastExpected: Double { 0.3 }
  /// Of so many crops that are nearly the same as one before, the first is left out.
  private static var similarTaken: Int { 3 }
  /// How many crops the beginning counts for in the mean.
  private static var anchorWeight: Float { 4 }

  /// Crops asked for.
  package let count: Int
  package private(set) var entries: [Entry] = []
  /// The first ``mostRejections``.
  package private(set) var rejections: [Rejection] = []
  /// All of them.
  package private(set) var rejectedCount = 0
  /// How often each reason was given.
  package private(set) var rejected: [CaptureReason: Int] = [:]

  /// The person as the track knew them at the beginning: a look of length 1, `nil` when there was none.
  package let anchor: [Float]?
  private var sum: [Float] = []
  private var repeated = 0

  /// - Parameter appearance: the person, as the track knows them.
  package init(count: Int, appearance: Appearance) {
    self.count = max(count, 1)
    anchor = appearance.mean
    if let anchor { sum = anchor.map { $0 * Self.anchorWeight } }
  }

  package var isComplete: Bool { entries.count >= count }

  /// Takes or rejects a face; `crop` is called for one that is taken, and gives `nil` when it cannot be cut out.
  ///
  /// - Returns: why it was rejected; empty when it was taken.
  @discardableResult
  package mutating func offer(
    _ offer: CaptureOffer, bars: SimilarityBars, crop: () throws -> Crop?
  ) rethrows -> [CaptureReason] {
    var reasons = offer.faults.map { CaptureReason($0) }
    if offer.expected < Self.leastExpected { reasons.append(.jumped) }
    if offer.isCrowded { reasons.append(.crowded) }
    if !offer.isCertain { reasons.append(.uncertain) }
    if !agrees(offer, bars) { reasons.append(.disagrees) }
    guard reasons.isEmpty, let look = offer.look else { return reject(offer.frame, reasons) }
    if isRepeated(look, bars) {
      repeated += 1
      if repeated % Self.similarTaken == 1 { return reject(offer.frame, [.similar]) }
    }
    guard let crop = try crop() else { return reject(offer.frame, [.uncertain]) }
    entries.append(Entry(frame: offer.frame, look: look, crop: crop))
    add(look)
    return []
  }

  /// Takes out again what the whole does not agree with: to be called at the end.
  package mutating func dropOutliers(bars: SimilarityBars) {
    guard entries.count > 2, let mean = Appearance.mean(of: entries.map(\.look)) else { return }
    let outliers = entries.filter { Look.cosine(mean, $0.look.vector) < bars.capture }
    for outlier in outliers { _ = reject(outlier.frame, [.disagrees]) }
    let frames = Set(outliers.map(\.frame))
    entries.removeAll { frames.contains($0.frame) }
  }

  /// The mean look of what was captured, of length 1; `nil` when that is nothing.
  package var mean: [Float]? { Appearance.mean(of: entries.map(\.look)) }

  private func agrees(_ offer: CaptureOffer, _ bars: SimilarityBars) -> Bool {
    guard let look = offer.look else { return false }
    // Without anything to compare with, the first crop stands for the person.
    guard let mean = Look(embedding: sum, quality: 1, isClear: true) else { return sum.isEmpty }
    let own = mean.similarity(look)
    guard own >= bars.capture else { return false }
    guard let other = offer.likestOther, other >= bars.different else { return true }
    return own - other >= (bars.capture - bars.different) / 2
  }

  private func isRepeated(_ look: Look, _ bars: SimilarityBars) -> Bool {
    let bar = 1 - (1 - bars.capture) / 5
    return entries.contains { $0.look.similarity(look) >= bar }
  }

  private mutating func add(_ look: Look) {
    if sum.isEmpty { sum = [Float](repeating: 0, count: look.vector.count) }
    guard sum.count == look.vector.count else { return }
    for index in sum.indices { sum[index] += look.vector[index] }
  }

  private mutating func reject(_ frame: Int, _ reasons: [CaptureReason]) -> [CaptureReason] {
    rejectedCount += 1
    for reason in reasons { rejected[reason, default: 0] += 1 }
    if rejections.count < Self.mostRejections { rejections.append(Rejection(frame: frame, reasons: reasons)) }
    return reasons
  }
}

/// Whether other faces are so near that a crop would show them too.
package enum Crowding {
  /// The kept crop's size around a face's box: ``FaceCrop`` shows 224 pixels where the median box has 125 x 166.
  private static let across = 1.8
  private static let down = 1.4
  /// The share of another face inside the crop from which on it shows.
  private static let leastShare = 0.1

  package static func isCrowded(_ box: FaceBox, by others: [FaceBox]) -> Bool {
    let region = box.scaled(width: across, height: down)
    return others.contains { other in
      other.area > 0 && (region.intersection(other) >= leastShare * other.area || box.intersection(other) > 0)
    }
  }
}
