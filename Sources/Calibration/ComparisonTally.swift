/// The scores of comparisons within and between subjects.
package struct ComparisonTally: Sendable {
  /// Two samples of one subject.
  package private(set) var genuine = ScoreHistogram()
  /// Samples of two subjects.
  package private(set) var impostor = ScoreHistogram()

  package init() {}

  /// Counts one comparison.
  package mutating func add(_ score: Float, isGenuine: Bool) {
    if isGenuine { genuine.add(score) } else { impostor.add(score) }
  }

  /// Counts the comparisons of a sample of `subject` with samples of `subjects`; as many scores.
  package mutating func add(
    subject: Int32, subjects: UnsafeBufferPointer<Int32>, scores: UnsafeBufferPointer<Float>
  ) {
    for index in 0..<min(subjects.count, scores.count) {
      if subjects[index] == subject { genuine.add(scores[index]) } else { impostor.add(scores[index]) }
    }
  }
}

/// For every subject, how many comparisons it took part in and how many of those a threshold decides wrongly.
package struct SubjectTally: Sendable {
  /// Comparisons and wrong decisions of one kind.
  struct Count: Sendable {
    var errors = 0
    var comparisons = 0
  }

  let threshold: Float
  /// Comparisons within the subject; wrong below the threshold.
  private(set) var genuine: [Count]
  /// Comparisons with others, each counted at both subjects; wrong at or above the threshold.
  private(set) var impostor: [Count]

  /// Subjects are numbered from 0.
  package init(subjects: Int, threshold: Float) {
    self.threshold = threshold
    genuine = Array(repeating: Count(), count: subjects)
    impostor = Array(repeating: Count(), count: subjects)
  }

  /// Counts one comparison of samples of two subjects, or of one.
  package mutating func add(_ score: Float, _ a: Int32, _ b: Int32) {
    guard genuine.indices.contains(Int(a)), genuine.indices.contains(Int(b)) else { return }
    if a == b {
      genuine[Int(a)].comparisons += 1
      if !(score >= threshold) { genuine[Int(a)].errors += 1 }
    } else {
      let error = score >= threshold ? 1 : 0
      for subject in [Int(a), Int(b)] {
        impostor[subject].comparisons += 1
        impostor[subject].errors += error
      }
    }
  }

  /// Counts the comparisons of a sample of `subject` with samples of `subjects`; as many scores.
  package mutating func add(
    subject: Int32, subjects: UnsafeBufferPointer<Int32>, scores: UnsafeBufferPointer<Float>
  ) {
    let own = Int(subject)
    guard impostor.indices.contains(own) else { return }
    var ownErrors = 0
    var ownComparisons = 0
    for index in 0..<min(subjects.count, scores.count) {
      let other = Int(subjects[index])
      guard other != own else {
        add(scores[index], subject, subject)
        continue
      }
      guard impostor.indices.contains(other) else { continue }
      let error = scores[index] >= threshold ? 1 : 0
      impostor[other].comparisons += 1
      impostor[other].errors += error
      ownErrors += error
      ownComparisons += 1
    }
    impostor[own].comparisons += ownComparisons
    impostor[own].errors += ownErrors
  }
}
