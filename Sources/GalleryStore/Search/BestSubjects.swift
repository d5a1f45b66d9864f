/// A subject with its cosines to a probe, clamped to [-1, 1].
struct ScoredSubject: Sendable {
  let position: Int
  let score: Float
  let prototype: Float
  let best: Float

  init(position: Int, score: Float = -1, prototype: Float = -1, best: Float = -1) {
    func clamped(_ value: Float) -> Float { min(1, max(-1, value)) }
    self.position = position
    self.score = clamped(score)
    self.prototype = clamped(prototype)
    self.best = clamped(best)
  }
}

/// The best subjects so far, best first; equal scores in the order of the ids' bytes.
struct BestSubjects: Sendable {
  private let limit: Int
  private let subjects: [GalleryIndex.Subject]
  private(set) var entries: [ScoredSubject] = []

  init(limit: Int, subjects: [GalleryIndex.Subject]) {
    self.limit = limit
    self.subjects = subjects
  }

  /// What a score has to reach to count; below every cosine while there is room.
  var least: Float {
    guard entries.count == limit, let last = entries.last else { return -.infinity }
    // A cosine that rounding moved below -1 is as good as -1.
    return last.score > -1 ? last.score : -.infinity
  }

  func contains(_ position: Int) -> Bool { entries.contains { $0.position == position } }

  /// Takes a subject that is not in the list, if it is good enough.
  mutating func insert(_ entry: ScoredSubject) {
    if entries.count == limit, let last = entries.last {
      guard isBetter(entry, last) else { return }
      entries.removeLast()
    }
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if isBetter(entry, entries[middle]) { high = middle } else { low = middle + 1 }
    }
    entries.insert(entry, at: low)
  }

  private func isBetter(_ a: ScoredSubject, _ b: ScoredSubject) -> Bool {
    if a.score != b.score { return a.score > b.score }
    return TextRules.isOrdered(subjects[a.position].id, before: subjects[b.position].id)
  }
}
