internal import Glibc

/// How many comparisons are decided rightly when the threshold is chosen on the data.
package struct FoldAccuracy: Codable, Sendable, Equatable {
  /// At the threshold that is right most often on all comparisons: too good, since it was chosen on them.
  package var best: Double
  package var bestThreshold: Float
  /// The mean over the folds, each decided with the threshold that is best on the others; absent with too few comparisons.
  package var mean: Double?
  /// The standard error of ``mean``.
  package var standardError: Double?
  package var folds: Int?

  /// Judges comparisons of both kinds, in the order of their list.
  ///
  /// Each kind is cut into `folds` equal parts in that order, which for LFW's lists gives LFW's own folds.
  package init?(_ set: TrialSet, folds: Int = 10) {
    guard !set.genuine.isEmpty, !set.impostor.isEmpty else { return nil }
    (bestThreshold, best) = Self.bestThreshold(set)
    guard folds > 1, folds <= min(set.genuine.count, set.impostor.count) else { return }
    self.folds = folds
    var shares: [Double] = []
    for fold in 0..<folds {
      var (train, test) = (TrialSet(), TrialSet())
      for (isGenuine, trials) in [(true, set.genuine), (false, set.impostor)] {
        for (index, trial) in trials.enumerated() {
          if index * folds / trials.count == fold {
            test.add(trial, isGenuine: isGenuine)
          } else {
            train.add(trial, isGenuine: isGenuine)
          }
        }
      }
      let (threshold, _) = Self.bestThreshold(train)
      let right =
        test.genuine.count { $0.score >= threshold } + test.impostor.count { !($0.score >= threshold) }
      shares.append(Double(right) / Double(test.genuine.count + test.impostor.count))
    }
    let mean = shares.reduce(0, +) / Double(folds)
    let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(folds - 1)
    self.mean = mean
    standardError = (variance / Double(folds)).squareRoot()
  }

  /// The threshold that is right most often, in the middle between two scores, and how often. Of equally good ones the
  /// highest.
  static func bestThreshold(_ set: TrialSet) -> (threshold: Float, share: Double) {
    let sorted = SortedTrials(set)
    var right = sorted.impostorCount
    var (best, cut) = (right, 0)
    for (index, step) in sorted.steps.enumerated() {
      right += step.genuine - step.impostor
      if right > best { (best, cut) = (right, index + 1) }
    }
    let upper = cut > 0 ? sorted.steps[cut - 1].score : 1
    let lower = cut < sorted.steps.count ? sorted.steps[cut].score : -1
    let total = max(1, sorted.genuineCount + sorted.impostorCount)
    let middle = lower.isFinite && upper.isFinite ? (upper + lower) / 2 : (upper.isFinite ? upper : 1)
    // Halves of two neighboring floats may round down to the lower one, which must stay refused.
    return (middle > lower ? middle : upper, Double(best) / Double(total))
  }
}
