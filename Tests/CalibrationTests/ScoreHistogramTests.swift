import Testing

@testable import Calibration

@Suite struct ScoreHistogramTests {
  /// A threshold on an edge counts exactly what a list of all scores would.
  @Test func countsExactlyAtEdges() throws {
    var scores = SyntheticScores(seed: 3)
    var histogram = ScoreHistogram()
    var list: [Float] = []
    for index in 0..<20_000 {
      var score = Float(0.2 + 0.2 * scores.normal())
      // Some lie exactly on an edge.
      if index % 50 == 0 { score = ScoreHistogram.edge(of: ScoreHistogram.bin(of: score)) }
      list.append(min(1, max(-1, score)))
      histogram.add(score)
    }
    #expect(histogram.total == 20_000)
    for limit in [0, 1, 5, 20, 200, 2000, 19_999] {
      let threshold = try #require(histogram.threshold(allowing: limit))
      let above = list.count { $0 >= threshold }
      #expect(above <= limit)
      #expect(histogram.count(atLeast: threshold) == above)
      let before = ScoreHistogram.edge(of: ScoreHistogram.bin(of: threshold) - 1)
      #expect(list.count { $0 >= before } > limit, "one edge lower allows too many")
    }
    #expect(histogram.threshold(allowing: 20_000) == -1)
  }

  @Test func takesAnyScore() {
    var histogram = ScoreHistogram()
    for score in [-Float.infinity, -2, -1, 0, 1, 1.5, .infinity, .nan, 0.99999994, -0.99999994] { histogram.add(score) }
    #expect(histogram.total == 10)
    #expect(histogram.count(atLeast: 1) == 3)
    #expect(histogram.count(atLeast: -1) == 10)
    #expect(histogram.threshold(allowing: 2) == nil)
    #expect(histogram.threshold(allowing: 3) == 1)
    #expect(ScoreHistogram().threshold(allowing: 0) == -1)
    #expect(ScoreHistogram().meanExcess(above: 0) == nil)
  }

  @Test func edgesAreTheirOwnBins() {
    for bin in stride(from: 0, through: ScoreHistogram.bins, by: 97) {
      #expect(ScoreHistogram.bin(of: ScoreHistogram.edge(of: bin)) == bin)
    }
  }
}
