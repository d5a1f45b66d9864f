import Testing
import Training

@Suite struct HeldOutSplitTests {
  private static func set(_ counts: [Int], negatives: Int = 0) -> TrainingSet {
    var id: Int64 = 0
    func samples(_ count: Int) -> [TrainingSample] {
      (0..<count).map { _ in
        id += 1
        return TrainingSample(id: id, crop: nil, face: nil)
      }
    }
    return TrainingSet(
      subjects: counts.enumerated().map { TrainingSubject(number: Int64($0.offset + 1), samples: samples($0.element)) },
      negatives: samples(negatives))
  }

  @Test func everyCropIsInOnePart() {
    let set = Self.set([1, 2, 3, 4, 5, 20, 50], negatives: 60)
    let split = HeldOutSplit(set, share: 0.2)
    for (index, subject) in set.subjects.enumerated() {
      let ids = (split.teaching[index] + split.judging[index]).map(\.id)
      #expect(ids.sorted() == subject.samples.map(\.id))
    }
    #expect(split.judging.map(\.count) == [0, 0, 0, 1, 1, 4, 10])
    #expect((split.teachingNegatives + split.judgingNegatives).map(\.id).sorted() == set.negatives.map(\.id))
    #expect(split.judgingNegatives.count > 15 && split.teachingNegatives.count > 15)
  }

  @Test func threeCropsGiveOneWhenFewWouldJudge() {
    let split = HeldOutSplit(Self.set([Int](repeating: 3, count: 30)), share: 0.2)
    #expect(split.judging.map(\.count).reduce(0, +) == HeldOutSplit.wantedCrops)
    #expect(split.teaching.allSatisfy { $0.count >= 2 })
    #expect(HeldOutSplit(Self.set([2, 2, 1]), share: 0.5).judging.allSatisfy { $0.isEmpty })
    #expect(HeldOutSplit(Self.set([9, 9]), share: 0).judging.allSatisfy { $0.isEmpty })
    #expect(HeldOutSplit(Self.set([8, 8]), share: 0.5).judging.map(\.count) == [4, 4])
  }

  @Test func aCropKeepsItsLotFromJobToJob() {
    let before = HeldOutSplit(Self.set([5, 20]), share: 0.2)
    let after = HeldOutSplit(Self.set([5, 20, 30]), share: 0.2)
    #expect(before.judging[0].map(\.id) == after.judging[0].map(\.id))
    #expect(before.judging[1].map(\.id) == after.judging[1].map(\.id))
  }

  @Test func fewNegativesAllTeach() {
    let split = HeldOutSplit(Self.set([5], negatives: 10), share: 0.2)
    #expect(split.teachingNegatives.count == 10 && split.judgingNegatives.isEmpty)
  }
}
