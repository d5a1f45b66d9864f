import Decisions
import GalleryStore
import Testing

@Suite("Decision rules")
struct RuleTests {
  private static let digest = String(repeating: "ab", count: 32)

  private static func candidate(_ number: Int64, _ score: Float, prototype: Float? = nil, best: Float? = nil)
    -> GalleryCandidate
  {
    GalleryCandidate(
      subject: "s\(number)", number: number, name: nil, score: score, prototypeScore: prototype ?? score,
      bestExemplarScore: best ?? score)
  }

  /// A probe along the first axis, or a head's view of it.
  private static func probe(
    _ candidates: [GalleryCandidate], negative: Float? = nil, head: SoftmaxHead? = nil, alignment: [Int64: Float] = [:],
    quality: Double = 0.8, faults: Bool = false
  ) -> DecisionProbe {
    DecisionProbe(
      match: .init(candidates: candidates, negativeScore: negative), head: head?.probabilities(of: [1, 0]),
      alignment: alignment, quality: quality, hasFaults: faults)
  }

  /// Logits of 1, 2 and unknown for the embedding (1, 0).
  private static func head(_ one: Float, _ two: Float, unknown: Float) throws -> SoftmaxHead {
    try SoftmaxHead(
      modelDigest: digest, dimension: 2, slots: [1, 2], weights: [one, 0, two, 0, unknown, 0], bias: [0, 0, 0])
  }

  // MARK: gallery

  @Test func galleryTakesTheBestFromTheThresholdOn() {
    let rule = GalleryRule(threshold: 0.6)
    #expect(rule.decide(Self.probe([Self.candidate(1, 0.6), Self.candidate(2, 0.5)])).subject == 1)
    #expect(rule.decide(Self.probe([Self.candidate(1, 0.59)])).unknown == .belowThreshold)
    #expect(rule.decide(Self.probe([Self.candidate(1, 0.59)], faults: true)).unknown == .lowQuality)
    #expect(rule.decide(Self.probe([])).unknown == .emptyGallery)
  }

  @Test func aFaceCloserToANegativeIsUnknown() {
    let known = Self.candidate(1, 0.8, best: 0.85)
    for rule in [GalleryRule(threshold: 0.6) as any DecisionMaker, HybridRule(threshold: 0.6)] {
      #expect(rule.decide(Self.probe([known], negative: 0.86)).unknown == .unknownClass)
      #expect(rule.decide(Self.probe([known], negative: 0.85)).subject == 1)
      #expect(rule.decide(Self.probe([], negative: 0.9)).unknown == .emptyGallery)
    }
  }

  // MARK: classifier

  @Test func classifierNeedsMoreThanUnknownAndTheThreshold() throws {
    let rule = ClassifierRule()
    let sure = rule.decide(Self.probe([], head: try Self.head(5, 0, unknown: 0)))
    #expect(sure.subject == 1 && sure.source == .classifier && sure.score > 0.98 && sure.threshold == 0.5)
    #expect(rule.decide(Self.probe([], head: try Self.head(0, 1, unknown: 5))).unknown == .unknownClass)
    // Both known ones at 0.475, unknown at 0.05: more than unknown, less than one half.
    #expect(rule.decide(Self.probe([], head: try Self.head(2.25, 2.25, unknown: 0))).unknown == .belowThreshold)
    #expect(rule.decide(Self.probe([Self.candidate(1, 1)])).unknown == .emptyGallery)
  }

  // MARK: seed

  @Test func seedIsThePublishedRecipe() throws {
    let rule = SeedRule()
    let near = [Self.candidate(2, 0.9, prototype: 0.65), Self.candidate(1, 0.8, prototype: 0.75)]
    let confident = rule.decide(Self.probe(near, head: try Self.head(0, 5, unknown: 0)))
    #expect(confident.subject == 2 && confident.source == .classifier)
    // Softmax 0.64 is not above 0.7, nor does `unknown` win: the closest prototype decides, not the highest score.
    let fallback = rule.decide(Self.probe(near, head: try Self.head(0, 1.3, unknown: 0)))
    #expect(fallback.subject == 1 && fallback.source == .gallery && fallback.score == 0.75)
    let unknown = rule.decide(Self.probe(near, head: try Self.head(0, 0, unknown: 9)))
    #expect(unknown.subject == 1)
    #expect(rule.decide(Self.probe([Self.candidate(1, 0.9, prototype: 0.7)])).unknown == .belowThreshold)
    #expect(rule.decide(Self.probe([])).unknown == .emptyGallery)
  }

  // MARK: hybrid

  @Test func hybridWithoutAHeadGoesByPrototypes() {
    let found = [Self.candidate(1, 0.8, prototype: 0.62), Self.candidate(2, 0.7, prototype: 0.9)]
    let decision = HybridRule(threshold: 0.85).decide(Self.probe(found))
    #expect(decision.subject == 2 && decision.source == .gallery)
    #expect(abs(decision.score - 0.9) < 1e-5)
    #expect(HybridRule(threshold: 0.91).decide(Self.probe(found)).unknown == .belowThreshold)
    #expect(HybridRule(threshold: 0.5).decide(Self.probe([])).unknown == .emptyGallery)
  }

  @Test func anEqualRivalCostsTheMargin() {
    let found = [Self.candidate(1, 0.9), Self.candidate(2, 0.9)]
    let decision = HybridRule(threshold: 0.895).decide(Self.probe(found))
    // 0.01 x log 2 below.
    #expect(decision.unknown == .noMargin && abs(decision.score - 0.893_069) < 1e-5)
    #expect(HybridRule(threshold: 0.89).decide(Self.probe(found)).subject != nil)
  }

  @Test func poorFacesAreUnknownWhateverTheirScore() {
    let found = [Self.candidate(1, 0.99)]
    #expect(HybridRule(threshold: 0.5).decide(Self.probe(found, quality: 0.01)).unknown == .lowQuality)
    #expect(HybridRule(threshold: 0.5).decide(Self.probe(found, quality: 0.2, faults: true)).subject == 1)
    #expect(HybridRule(threshold: 0.995).decide(Self.probe(found, faults: true)).unknown == .lowQuality)
  }

  @Test func aHeadThatAgreesTakesPartInTheUnitOfThePrototypes() throws {
    let found = [Self.candidate(1, 0.8), Self.candidate(2, 0.5)]
    let head = try SoftmaxHead(
      modelDigest: Self.digest, dimension: 2, slots: [1, 2], weights: [0.9, 0.435_889_9, 0, 1, 0, -1], bias: [0, 0, 0])
    // The row's cosine to the probe is 0.9; over its alignment of 0.95 that is 0.947.
    let decision = HybridRule(threshold: 0.5).decide(Self.probe(found, head: head, alignment: [1: 0.95, 2: 0.2]))
    #expect(decision.subject == 1 && decision.source == .classifier)
    #expect(abs(decision.score - (0.8 + 0.9 / 0.95) / 2) < 1e-4)
    // A row that is unlike the prototype does not take part.
    let apart = HybridRule(threshold: 0.5).decide(Self.probe(found, head: head, alignment: [1: 0.5]))
    #expect(abs(apart.score - 0.8) < 1e-4)
  }

  @Test func somebodyTheHeadDoesNotKnowIsNotShadowed() throws {
    // The head is sure of subject 1; the gallery knows 9, who was enrolled later, far better.
    let found = [Self.candidate(9, 0.95), Self.candidate(1, 0.6)]
    let decision = HybridRule(threshold: 0.9).decide(
      Self.probe(found, head: try Self.head(9, 0, unknown: 0), alignment: [1: 0.95]))
    #expect(decision.subject == 9 && decision.source == .gallery)
  }

  @Test func aSureClassifierAloneNamesNobody() throws {
    let found = [Self.candidate(1, 0.3)]
    let decision = HybridRule(threshold: 0.9).decide(Self.probe(found, head: try Self.head(9, 0, unknown: 0)))
    #expect(decision.subject == nil && decision.unknown == .belowThreshold)
  }

  // MARK: The whole way

  @Test func galleryAndHeadAreAskedTogether() throws {
    let model = ModelIdentity(id: "m", sha256: Self.digest, dimension: 2)
    let gallery = try SQLiteGallery(path: nil)
    for (subject, embedding) in [("ada", [Float(1), 0]), ("bob", [0, 1])] {
      _ = try gallery.write { transaction in
        (
          try transaction.enroll(
            Enrollment(
              subject: subject, model: model, templates: [NewTemplate(embedding: embedding, quality: 1)])), []
        )
      }
    }
    let index = try gallery.index(for: model)
    let head = try SoftmaxHead(
      modelDigest: Self.digest, dimension: 2, slots: [1, 2], weights: [8, 0, 0, 8, -8, -8], bias: [0, 0, 0])
    let face = DecisionFace(embedding: [2, 0.2], quality: 0.9, hasFaults: false)
    let probe = try #require(try DecisionProbe.make([face], topK: 1, index: index, head: head).first)
    #expect(probe.candidates.map(\.subject) == ["ada", "bob"])
    #expect(abs(try #require(probe.alignment[1]) - 1) < 1e-6)
    #expect(HybridRule(threshold: 0.9).decide(probe).subject == 1)
    #expect(index.subject(1)?.id == "ada" && index.subject(77) == nil)
    let other = try SoftmaxHead(
      modelDigest: String(repeating: "0", count: 64), dimension: 2, slots: [1], weights: [8, 0, 0, 8], bias: [0, 0])
    #expect(try DecisionProbe.make([face], topK: 1, index: index, head: other).first?.head == nil)
    #expect(try DecisionProbe.make([], topK: 1, index: index, head: head).isEmpty)
  }
}
