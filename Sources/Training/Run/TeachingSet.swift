/// The samples of a set that can be used, split, in the order of a head's rows.
struct TeachingSet {
  /// Subjects with at least one sample that teaches: the head's slots.
  let slots: [Int64]
  /// What teaches, subject by subject, negatives last.
  private(set) var samples: [TrainingSample]
  /// The row of each: a subject's position, or that of `unknown`.
  private(set) var rows: [Int]
  /// Held-out crops with their subjects.
  private(set) var judging: [TrainingSample]
  private(set) var judgingSubjects: [Int64]
  let judgingNegatives: [TrainingSample]
  let subjectsWithoutHeldOut: Int
  let unusable: Int

  var unknownRow: Int { slots.count }

  /// All of them.
  var everything: [TrainingSample] { samples + judging + judgingNegatives }

  /// The set with the held-out crops among those that teach. Negatives that judge still do.
  var withJudging: TeachingSet {
    var result = self
    let row = Dictionary(slots.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    // Subject by subject, negatives last.
    let all = zip(samples + judging, rows + judgingSubjects.map { row[$0] ?? unknownRow }).enumerated()
      .sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }
    result.samples = all.map(\.element.0)
    result.rows = all.map(\.element.1)
    (result.judging, result.judgingSubjects) = ([], [])
    return result
  }

  /// - Throws: `badSet` when nobody is left to learn, or a template or subject comes twice.
  init(_ set: TrainingSet, share: Double, isUsable: (TrainingSample) -> Bool) throws(TrainingError) {
    var seen = Set<Int64>()
    for sample in set.subjects.flatMap(\.samples) + set.negatives where !seen.insert(sample.id).inserted {
      throw TrainingError(.badSet, "A template comes twice in the training set.")
    }
    guard Set(set.subjects.map(\.number)).count == set.subjects.count, set.subjects.allSatisfy({ $0.number > 0 })
    else { throw TrainingError(.badSet, "A subject comes twice in the training set.") }
    let subjects = set.subjects.map { TrainingSubject(number: $0.number, samples: $0.samples.filter(isUsable)) }
      .filter { !$0.samples.isEmpty }
    let usable = TrainingSet(subjects: subjects, negatives: set.negatives.filter(isUsable))
    guard !subjects.isEmpty else {
      throw TrainingError(.badSet, "Nobody has a face that this training can use.")
    }
    let split = HeldOutSplit(usable, share: share)
    slots = subjects.map(\.number)
    samples = split.teaching.flatMap { $0 } + split.teachingNegatives
    rows =
      split.teaching.enumerated().flatMap { row, samples in samples.map { _ in row } }
      + split.teachingNegatives.map { _ in subjects.count }
    judging = split.judging.flatMap { $0 }
    judgingSubjects = zip(subjects, split.judging).flatMap { subject, samples in samples.map { _ in subject.number } }
    judgingNegatives = split.judgingNegatives
    subjectsWithoutHeldOut = split.judging.count(where: \.isEmpty)
    unusable =
      set.subjects.reduce(0) { $0 + $1.samples.count } + set.negatives.count
      - usable.subjects.reduce(0) { $0 + $1.samples.count } - usable.negatives.count
  }
}
