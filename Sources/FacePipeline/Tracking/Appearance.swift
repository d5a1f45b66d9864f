/// One look at a face: its embedding with length 1, and how much it is worth.
package struct Look: Sendable, Equatable {
  /// Length 1.
  package let vector: [Float]
  /// Quality of the picture, 0 to 1.
  package let quality: Double
  /// Whether the picture has no fault by which looks of two people come to resemble each other.
  package let isClear: Bool

  /// `nil` when the embedding has no direction.
  package init?(embedding: [Float], quality: Double, isClear: Bool) {
    let length = embedding.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    guard length > 1e-12, length.isFinite else { return nil }
    vector = embedding.map { $0 / length }
    self.quality = min(max(quality, 0), 1)
    self.isClear = isClear
  }

  /// The cosine of two looks, -1 to 1; below every score when they are of different models.
  package func similarity(_ other: Look) -> Float { Self.cosine(vector, other.vector) }

  static func cosine(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return -2 }
    var sum: Float = 0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }
}

/// What is known of the look of one person: the newest looks and their mean.
package struct Appearance: Sendable, Equatable {
  /// Looks kept.
  package static let capacity = 8
  /// What even a poor look counts in the mean.
  private static let leastWeight = 0.05

  /// Oldest first.
  package private(set) var looks: [Look] = []
  /// The looks' mean by quality, of length 1; `nil` without looks. Clear looks count alone where there are any.
  package private(set) var mean: [Float]?

  package init() {}

  package var isEmpty: Bool { looks.isEmpty }

  /// Whether any look is clear.
  var isClear: Bool { looks.contains(where: \.isClear) }

  /// Takes in a look; the oldest one goes when there are too many, and all of them when they are of another model.
  mutating func add(_ look: Look) {
    if let first = looks.first, first.vector.count != look.vector.count { looks = [] }
    looks.append(look)
    if looks.count > Self.capacity { looks.removeFirst(looks.count - Self.capacity) }
    mean = Self.mean(of: isClear ? looks.filter(\.isClear) : looks)
  }

  /// How much a look resembles the person, -1 to 1: the better one of its cosines to the mean and to the look most like it,
  /// so that a head that turns slowly stays itself. `nil` without looks.
  package func agreement(_ look: Look) -> Float? {
    guard let mean else { return nil }
    return looks.reduce(Look.cosine(mean, look.vector)) { max($0, $1.similarity(look)) }
  }

  static func mean(of looks: [Look]) -> [Float]? {
    guard let first = looks.first else { return nil }
    var sum = [Float](repeating: 0, count: first.vector.count)
    for look in looks where look.vector.count == sum.count {
      let weight = Float(max(look.quality, leastWeight))
      for index in sum.indices { sum[index] += weight * look.vector[index] }
    }
    return Look(embedding: sum, quality: 1, isClear: true)?.vector
  }
}

/// What similarities mean with the recognizer in use; each bar is a score.
package struct SimilarityBars: Sendable, Equatable {
  /// Below it two clear looks show two people.
  package var different: Float
  /// From here on two looks match.
  package var same: Float
  /// From here on a crop may be learned; above ``same``.
  package var capture: Float

  package init(different: Float, same: Float, capture: Float) {
    self.different = different
    self.same = max(same, different)
    self.capture = max(capture, same)
  }
}
