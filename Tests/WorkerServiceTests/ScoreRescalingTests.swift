import Protocol
import Testing

@testable import WorkerService

@Suite struct ScoreRescalingTests {
  @Test func thresholdsMoveWithTheDistances() throws {
    var members: [String: JSONValue] = [
      "id": "m", "thresholds": [["fmr": 0.01, "score": 0.9, "metric": "cosine", "data": "photos"], "odd"],
      "calibration": ["slope": 100, "midpoint": 0.92, "data": "pairs"],
    ]
    try #require(ScoreRescaling(ratio: 0.1)).apply(to: &members)
    guard case .array(let thresholds)? = members["thresholds"], case .number(let score)? = thresholds[0]["score"],
      case .number(let slope)? = members["calibration"]?["slope"],
      case .number(let midpoint)? = members["calibration"]?["midpoint"]
    else {
      Issue.record("\(members)")
      return
    }
    #expect(abs(score - 0.99) < 1e-12 && abs(slope - 1_000) < 1e-9 && abs(midpoint - 0.992) < 1e-12)
    #expect(thresholds[0]["fmr"] == 0.01 && thresholds[1] == "odd" && members["id"] == "m")
    // The probability at a moved score is what it was.
    let rescaling = try #require(ScoreRescaling(ratio: 0.1))
    #expect(abs(slope * (rescaling.score(0.95) - midpoint) - 100 * (0.95 - 0.92)) < 1e-9)
  }

  @Test func aRatioThatIsNoneChangesNothing() {
    for ratio in [0, -1, .nan, .infinity] as [Double] { #expect(ScoreRescaling(ratio: ratio) == nil) }
    #expect(ScoreRescaling(ratio: 1e-9)?.ratio == 0.001)
    #expect(ScoreRescaling(ratio: 4)?.score(-1) == -1)
  }
}
