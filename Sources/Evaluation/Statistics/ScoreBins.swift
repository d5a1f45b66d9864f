/// How scores of both kinds spread.
package struct ScoreBins: Codable, Sendable, Equatable {
  /// Where the first bin begins.
  package var low: Double
  /// The width of every bin.
  package var width: Double
  package var genuine: [Int]
  package var impostor: [Int]

  /// Counts finite scores between the lowest and the highest; `nil` without any.
  package init?(genuine: [Float], impostor: [Float], bins: Int = 64) {
    let all = [genuine, impostor].joined().filter(\.isFinite)
    guard let least = all.min(), let most = all.max(), bins > 0 else { return nil }
    let span = max(Double(most) - Double(least), 1e-6)
    (low, width) = (Double(least), span / Double(bins))
    self.genuine = Array(repeating: 0, count: bins)
    self.impostor = self.genuine
    for (scores, isGenuine) in [(genuine, true), (impostor, false)] {
      for score in scores where score.isFinite {
        let share = (Double(score) - Double(least)) / span
        let bin = min(bins - 1, max(0, Int(share * Double(bins))))
        if isGenuine { self.genuine[bin] += 1 } else { self.impostor[bin] += 1 }
      }
    }
  }
}
