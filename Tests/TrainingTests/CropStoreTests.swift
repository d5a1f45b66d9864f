import FaceModels
import Images
import Networks
import Testing
import Training

@Suite struct CropStoreTests {
  private static func samples(_ count: Int) throws -> [TrainingSample] {
    try (0..<count).map { index in
      TrainingSample(
        id: Int64(index + 1), crop: try ImageEncoder.jpeg(Pictures.pattern(UInt64(index))), face: Pictures.face)
    }
  }

  @Test func noMoreIsHeldThanTheBudgetAllows() throws {
    let samples = try Self.samples(6)
    let bytes = 224 * 224 * 3
    let budget = ByteBudget(3 * bytes + 10)
    let store = CropStore(budget: budget)
    let first = try samples.map { try #require(try store.image($0)).image.pixels }
    #expect(store.count == 3)
    #expect(budget.taken == 3 * bytes)
    // What was not kept is decoded again, to the same pixels.
    #expect(try samples.map { try #require(try store.image($0)).image.pixels } == first)
    #expect(store.count == 3 && budget.taken <= budget.limit)
  }

  @Test func whatCannotBeDecodedIsNone() throws {
    let store = CropStore(budget: ByteBudget(1 << 20))
    #expect(try store.image(TrainingSample(id: 1, crop: [1, 2, 3], face: Pictures.face)) == nil)
    #expect(try store.image(TrainingSample(id: 2, crop: nil, face: Pictures.face)) == nil)
    let whole = try ImageEncoder.jpeg(Pictures.pattern(1))
    #expect(try store.image(TrainingSample(id: 3, crop: Array(whole.prefix(300)), face: Pictures.face)) == nil)
    #expect(try store.image(TrainingSample(id: 4, crop: whole, face: nil)) == nil)
    #expect(store.count == 0)
  }

  @Test func aBudgetGivesNoMoreThanItHas() {
    let budget = ByteBudget(100)
    #expect(budget.take(60) && !budget.take(41) && budget.take(40) && !budget.take(1))
    budget.release(50)
    #expect(budget.taken == 50 && budget.take(50))
    #expect(!budget.take(-1) && !ByteBudget(-5).take(1))
  }

  @Test func dropsAreTheSameOnAnyNumberOfThreads() throws {
    let samples = try Self.samples(9)
    let look = CropEmbedder.Look.augmented(AugmentationPipeline(seed: 3), epoch: 4)
    let drawn = try [1, 2, 4].map { lanes in
      try CropEmbedder(
        alignment: Pictures.arcFace, store: CropStore(budget: ByteBudget(1 << 18)),
        context: RunContext(pool: WorkPool(lanes: lanes))
      ).crops(samples, look).map { $0?.pixels }
    }
    #expect(drawn[0] == drawn[1] && drawn[0] == drawn[2])
    #expect(drawn[0].allSatisfy { $0 != nil })
  }
}
