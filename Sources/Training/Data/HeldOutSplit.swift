/// Which crops teach and which only judge.
///
/// A crop's lot depends on its template id alone, so that a crop that once judged a head is not, while the subject's
/// crops stay the same, what the next head is trained on: previous and new head are then judged by crops neither has
/// seen. Of a subject with four samples or more, at least one is held out and at least three teach. When that gives fewer
/// than ``wantedCrops`` in all, subjects with three samples give one each too, until there are so many. Subjects with
/// fewer than three never do.
package struct HeldOutSplit: Sendable {
  /// For each subject of the set, in its order.
  package let teaching: [[TrainingSample]]
  package let judging: [[TrainingSample]]
  package let teachingNegatives: [TrainingSample]
  package let judgingNegatives: [TrainingSample]

  /// With fewer held-out crops, a difference between two heads hardly shows.
  package static let wantedCrops = 10
  /// With fewer negatives, all teach and made-up strangers judge.
  package static let leastNegatives = 20

  /// Splits a set; a share of 0 holds nothing out.
  package init(_ set: TrainingSet, share: Double) {
    var judged = set.subjects.map { subject -> Int in
      guard share > 0, subject.samples.count >= 4 else { return 0 }
      let wanted = Int((share * Double(subject.samples.count)).rounded())
      return min(max(1, wanted), subject.samples.count - 3)
    }
    if share > 0 {
      var total = judged.reduce(0, +)
      let small = set.subjects.indices.filter { set.subjects[$0].samples.count == 3 }
      for index in small.sorted(by: { Self.lot(set.subjects[$0]) < Self.lot(set.subjects[$1]) })
      where total < Self.wantedCrops {
        judged[index] = 1
        total += 1
      }
    }
    var (teaching, judging): ([[TrainingSample]], [[TrainingSample]]) = ([], [])
    for (subject, count) in zip(set.subjects, judged) {
      let order = subject.samples.sorted { (Self.lot($0.id), $0.id) < (Self.lot($1.id), $1.id) }
      judging.append(Array(order.prefix(count)))
      let chosen = Set(order.prefix(count).map(\.id))
      teaching.append(subject.samples.filter { !chosen.contains($0.id) })
    }
    self.teaching = teaching
    self.judging = judging
    let holdsOut = share > 0 && set.negatives.count >= Self.leastNegatives
    // Strangers are many different people: half of them can judge without loss.
    judgingNegatives = holdsOut ? set.negatives.filter { Self.lot($0.id) < 0.5 } : []
    teachingNegatives = holdsOut ? set.negatives.filter { Self.lot($0.id) >= 0.5 } : set.negatives
  }

  /// From 0 to below 1, the same for a template in every job.
  private static func lot(_ id: Int64) -> Double {
    var random = SeededRandom(seed: 0, [UInt64(bitPattern: id)], purpose: "held-out")
    return random.unit()
  }

  private static func lot(_ subject: TrainingSubject) -> Double { lot(subject.samples.first?.id ?? 0) }
}
