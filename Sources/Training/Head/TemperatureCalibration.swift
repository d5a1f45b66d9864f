package import Decisions
internal import Glibc

/// Chooses a head's temperature on embeddings it was not trained on (Guo et al. 2017), so that of all answers given with
/// a probability p the share p is right.
package enum TemperatureCalibration {
  /// The head with the temperature of the smallest mean cross-entropy between 1/20 and 20, with the expected calibration
  /// errors before and after; the head as it is where there is nothing to go by.
  ///
  /// - Parameters:
  ///   - embeddings: shape: embeddings x dimension.
  ///   - labels: for each, its index in the head's slots, or `slots.count` for a stranger.
  package static func calibrate(
    _ head: SoftmaxHead, embeddings: [Float], labels: [Int]
  ) -> (head: SoftmaxHead, before: Double?, after: Double?) {
    let before = expectedError(head, embeddings: embeddings, labels: labels)
    guard before != nil else { return (head, nil, nil) }
    // Golden section over the logarithm; the cross-entropy is convex in 1 / temperature.
    var (low, high) = (log(1.0 / 20), log(20.0))
    let ratio = (5.0.squareRoot() - 1) / 2
    for _ in 0..<24 {
      let (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
      if loss(head, a, embeddings, labels) < loss(head, b, embeddings, labels) { high = b } else { low = a }
    }
    let temperature = head.temperature * Float(exp((low + high) / 2))
    guard let calibrated = try? head.with(temperature: temperature) else { return (head, before, before) }
    return (calibrated, before, expectedError(calibrated, embeddings: embeddings, labels: labels))
  }

  /// Expected calibration error over 15 bins of the highest probability: the mean distance between it and the share of
  /// right answers, weighted by the bins' sizes. `nil` without embeddings that the head can judge.
  package static func expectedError(_ head: SoftmaxHead, embeddings: [Float], labels: [Int]) -> Double? {
    guard embeddings.count == labels.count * head.dimension else { return nil }
    let bins = 15
    var (count, sum, right) = (
      [Double](repeating: 0, count: bins), [Double](repeating: 0, count: bins), [Double](repeating: 0, count: bins)
    )
    for (item, label) in labels.enumerated() {
      let embedding = Array(embeddings[item * head.dimension..<(item + 1) * head.dimension])
      guard let seen = head.logProbabilities(of: embedding), let best = seen.indices.max(by: { seen[$0] < seen[$1] })
      else { continue }
      let probability = Double(exp(seen[best]))
      let bin = min(bins - 1, max(0, Int(probability * Double(bins))))
      count[bin] += 1
      sum[bin] += probability
      right[bin] += best == label ? 1 : 0
    }
    let total = count.reduce(0, +)
    guard total > 0 else { return nil }
    return (0..<bins).reduce(0) { $0 + abs(sum[$1] - right[$1]) } / total
  }

  private static func loss(_ head: SoftmaxHead, _ logFactor: Double, _ embeddings: [Float], _ labels: [Int]) -> Double {
    guard let changed = try? head.with(temperature: head.temperature * Float(exp(logFactor))) else { return .infinity }
    var sum = 0.0
    for (item, label) in labels.enumerated() where (0...head.slots.count).contains(label) {
      let embedding = Array(embeddings[item * head.dimension..<(item + 1) * head.dimension])
      guard let seen = changed.logProbabilities(of: embedding) else { continue }
      sum -= Double(seen[label])
    }
    return sum
  }
}
