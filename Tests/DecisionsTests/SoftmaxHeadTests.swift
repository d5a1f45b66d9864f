import Decisions
import GalleryStore
import Testing
import WeightFiles

@Suite("Classifier heads")
struct SoftmaxHeadTests {
  static let digest = String(repeating: "0123456789abcdef", count: 4)

  static func head(temperature: Float = 1) throws -> SoftmaxHead {
    try SoftmaxHead(
      modelDigest: digest, dimension: 2, slots: [7, 3], weights: [4, 0, 0, 4, -1, -1], bias: [0, 0.5, 1],
      temperature: temperature)
  }

  @Test func probabilitiesAreTheSoftmaxOfTheNormalizedEmbedding() throws {
    let seen = try #require(try Self.head(temperature: 2).probabilities(of: [3, 4]))
    // By hand: the embedding is (0.6, 0.8), so the logits are 2.4 / 2, 3.7 / 2 and -0.4 / 2.
    let (first, second) = (try #require(seen.probability(of: 7)), try #require(seen.probability(of: 3)))
    for (value, wanted) in zip([first, second, seen.unknown], [1.2, 1.85, -0.2].softmax()) {
      #expect(abs(value - wanted) < 1e-5)
    }
    #expect(abs(first + second + seen.unknown - 1) < 1e-6)
    #expect(seen.best?.slot == 3)
    #expect(seen.probability(of: 4) == nil)
  }

  @Test(
    "Embeddings that are no direction have no probabilities",
    arguments: [
      [Float](), [1], [0, 0], [.nan, 1], [.infinity, 0], [1, 2, 3],
    ])
  func unsoundEmbeddings(embedding: [Float]) throws {
    #expect(try Self.head().probabilities(of: embedding) == nil)
  }

  @Test func largeLogitsDoNotOverflow() throws {
    let head = try SoftmaxHead(
      modelDigest: Self.digest, dimension: 1, slots: [1], weights: [1e6, -1e6], bias: [0, 0], temperature: 1e-6)
    let seen = try #require(head.probabilities(of: [1]))
    #expect(seen.probability(of: 1) == 1 && seen.unknown == 0)
  }

  @Test func bytesGiveTheSameHeadAndNameNobody() throws {
    let head = try Self.head(temperature: 1.7)
    let bytes = try head.encoded()
    #expect(try SoftmaxHead(bytes: bytes) == head)
    #expect(try head.encoded() == bytes)
    #expect(Safetensors.metadata(bytes)["model"] == Self.digest)
    #expect(try Safetensors.read(bytes).integers("slots")?.values == [7, 3])
  }

  @Test func everyDamagedFileThrowsOrIsASoundHead() throws {
    let bytes = try Self.head().encoded()
    for length in 0..<bytes.count {
      #expect(throws: SoftmaxHeadError.self) { try SoftmaxHead(bytes: Array(bytes.prefix(length))) }
    }
    for position in bytes.indices {
      for value in [UInt8(0), 0x22, 0x7f, 0xff] {
        var damaged = bytes
        damaged[position] = value
        if let head = try? SoftmaxHead(bytes: damaged) {
          let seen = try #require(head.logProbabilities(of: [Float](repeating: 1, count: head.dimension)))
          #expect(seen.allSatisfy { !$0.isNaN })
        }
      }
    }
  }

  @Test(
    "Parts that do not fit are refused",
    arguments: [
      ("short", 2, [Int64(1)], 4, 2, Float(1), SoftmaxHeadError.badDigest),
      (digest, 2, [1], 3, 2, 1, .badShape),
      (digest, 2, [1], 4, 1, 1, .badShape),
      (digest, 0, [1], 0, 2, 1, .badShape),
      (digest, 2, [1, 1], 6, 3, 1, .badSlots),
      (digest, 2, [0], 4, 2, 1, .badSlots),
      (digest, 2, [1], 4, 2, 0, .badNumber),
      (digest, 2, [1], 4, 2, .nan, .badNumber),
    ])
  func unsoundParts(
    digest: String, dimension: Int, slots: [Int64], weights: Int, bias: Int, temperature: Float, error: SoftmaxHeadError
  ) {
    #expect(throws: error) {
      try SoftmaxHead(
        modelDigest: digest, dimension: dimension, slots: slots, weights: Array(repeating: 1, count: weights),
        bias: Array(repeating: 0, count: bias), temperature: temperature)
    }
  }

  @Test func aNumberThatIsNotFiniteIsRefused() {
    for value in [Float.nan, .infinity] {
      #expect(throws: SoftmaxHeadError.badNumber) {
        try SoftmaxHead(
          modelDigest: Self.digest, dimension: 1, slots: [1], weights: [1, value], bias: [0, 0])
      }
    }
  }

  @Test func removingErasesTheRowOnly() throws {
    let head = try Self.head().removing(slot: 7)
    #expect(head.slots == [3] && head.weights == [0, 4, -1, -1] && head.bias == [0.5, 1])
    #expect(head.row(of: 7) == nil && head.row(of: 3) == 0)
    #expect(head.removing(slot: 99) == head)
    #expect(head.removing(slot: 3).probabilities(of: [1, 0])?.unknown == 1)
    #expect(head.removing(slot: 3).probabilities(of: [1, 0])?.best == nil)
  }

  @Test func mergingMakesOneRowOfTwo() throws {
    let merged = try Self.head().merging(slot: 7, into: 3)
    #expect(merged.slots == [3] && merged.weights == [2, 2, -1, -1] && merged.bias == [0.25, 1])
    #expect(try Self.head().merging(slot: 7, into: 9).slots == [9, 3])
    #expect(try Self.head().merging(slot: 7, into: 7) == Self.head())
    #expect(try Self.head().merging(slot: 8, into: 7) == Self.head())
  }

  @Test func whatWasJudgedIsKeptErasedAndMergedToo() throws {
    let judged = try SoftmaxHead(
      modelDigest: Self.digest, dimension: 2, slots: [7, 3], weights: [2, 0, 0, 2, -3, -3], bias: [0, 0.25, 1],
      temperature: 1.5)
    let plain = try Self.head(temperature: 2)
    let head = plain.with(judged: judged)
    #expect(head.judgedHead == judged && head.weights == plain.weights && head.temperature == 2)
    #expect(plain.judgedHead == plain)
    #expect(try SoftmaxHead(bytes: head.encoded()) == head)
    #expect(try head.encoded() != plain.encoded())
    #expect(head.removing(slot: 7).judgedHead == judged.removing(slot: 7))
    #expect(head.removing(slot: 7).weights == plain.removing(slot: 7).weights)
    #expect(head.merging(slot: 7, into: 3).judgedHead == judged.merging(slot: 7, into: 3))
    #expect(head.merging(slot: 7, into: 9).judgedHead == judged.merging(slot: 7, into: 9))
    #expect(try head.with(temperature: 3).judgedHead == judged)
    // Rows of other subjects are none that were judged.
    #expect(head.with(judged: judged.removing(slot: 3)) == head)
    #expect(throws: SoftmaxHeadError.badShape) {
      try SoftmaxHead(
        modelDigest: Self.digest, dimension: 1, slots: [1], weights: [1, 1], bias: [0, 0],
        judged: .init(weights: [1], bias: [0, 0], temperature: 1))
    }
    #expect(throws: SoftmaxHeadError.badNumber) {
      try SoftmaxHead(
        modelDigest: Self.digest, dimension: 1, slots: [1], weights: [1, 1], bias: [0, 0],
        judged: .init(weights: [1, .nan], bias: [0, 0], temperature: 1))
    }
  }

  @Test func aHeadFitsItsModelOnly() throws {
    let head = try Self.head()
    #expect(head.fits(ModelIdentity(id: "a", sha256: Self.digest, dimension: 2)))
    #expect(!head.fits(ModelIdentity(id: "a", sha256: Self.digest, dimension: 3)))
    #expect(!head.fits(ModelIdentity(id: "a", sha256: String(repeating: "0", count: 64), dimension: 2)))
  }
}

extension [Double] {
  /// The textbook formula, for comparison.
  func softmax() -> [Float] {
    let powers = map { exponential($0) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }

  private func exponential(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for n in 1..<60 {
      term *= x / Double(n)
      sum += term
    }
    return sum
  }
}
