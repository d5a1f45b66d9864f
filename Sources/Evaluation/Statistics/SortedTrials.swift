/// Trials by falling score, equal scores together: what curves and their intervals walk along.
struct SortedTrials: Sendable {
  /// A trial's kind and people.
  struct Entry: Sendable {
    let isGenuine: Bool
    let first: Int32
    let second: Int32
  }

  /// Trials of one score.
  struct Step: Sendable {
    let score: Float
    /// Where its trials begin and end in ``entries``.
    let entries: Range<Int>
    let genuine: Int
    let impostor: Int
  }

  let entries: [Entry]
  let steps: [Step]
  let genuineCount: Int
  let impostorCount: Int

  init(_ set: TrialSet) {
    let all = set.genuine.map { ($0, true) } + set.impostor.map { ($0, false) }
    let sorted = all.sorted { $0.0.score > $1.0.score }
    entries = sorted.map { Entry(isGenuine: $0.1, first: $0.0.first, second: $0.0.second) }
    var steps: [Step] = []
    var start = 0
    while start < sorted.count {
      let score = sorted[start].0.score
      var (end, genuine) = (start, 0)
      while end < sorted.count, sorted[end].0.score == score {
        if sorted[end].1 { genuine += 1 }
        end += 1
      }
      steps.append(Step(score: score, entries: start..<end, genuine: genuine, impostor: end - start - genuine))
      start = end
    }
    self.steps = steps
    genuineCount = set.genuine.count
    impostorCount = set.impostor.count
  }
}
