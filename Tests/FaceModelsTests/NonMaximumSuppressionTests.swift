import TestSupport
import Testing

@testable import FaceModels

/// Suppression against the textbook loop over all pairs.
@Suite struct NonMaximumSuppressionTests {
  /// Indices kept by comparing every box with every better one; `prefersLater` decides between equal scores.
  static func everyPair(
    _ boxes: [SquareBox], prefersLater: Bool, _ suppresses: (SquareBox, SquareBox) -> Bool
  ) -> [Int] {
    let order = boxes.indices.sorted { a, b in
      if boxes[a].score != boxes[b].score { return boxes[a].score > boxes[b].score }
      return prefersLater ? a > b : a < b
    }
    var kept: [Int] = []
    for index in order where !kept.contains(where: { suppresses(boxes[$0], boxes[index]) }) { kept.append(index) }
    return kept
  }

  static func unionOverlap(_ a: SquareBox, _ b: SquareBox) -> Float {
    let shared = max(0, min(a.x2, b.x2) - max(a.x1, b.x1)) * max(0, min(a.y2, b.y2) - max(a.y1, b.y1))
    return shared / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - shared)
  }

  static func smallerOverlap(_ a: SquareBox, _ b: SquareBox) -> Float {
    let width = max(0, min(a.x2, b.x2) - max(a.x1, b.x1) + 1)
    let height = max(0, min(a.y2, b.y2) - max(a.y1, b.y1) + 1)
    return width * height / min((a.x2 - a.x1 + 1) * (a.y2 - a.y1 + 1), (b.x2 - b.x1 + 1) * (b.y2 - b.y1 + 1))
  }

  /// Boxes of many sizes that crowd each other; some reach over the image's edge, every tenth score is shared.
  static func crowd(_ count: Int, seed: UInt64) -> [SquareBox] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { index in
      let side = Float.random(in: 3...200, using: &random)
      let stretch = Float.random(in: 0.95...1.05, using: &random)
      let x = Float.random(in: -60...500, using: &random)
      let y = Float.random(in: -60...400, using: &random)
      let score = index % 10 == 0 ? 0.875 : Float.random(in: 0.6...1, using: &random)
      return SquareBox(x1: x, y1: y, x2: x + side * stretch, y2: y + side, score: score)
    }
  }

  @Test(arguments: [0, 1, 2, 50, 1500], [Float(0.5), 0.7])
  func nearlySquareBoxes(count: Int, threshold: Float) {
    for seed in 1...3 {
      let boxes = Self.crowd(count, seed: UInt64(seed * 1000 + count))
      let kept = NonMaximumSuppression.nearlySquare(boxes, threshold: threshold)
      #expect(kept == Self.everyPair(boxes, prefersLater: false) { Self.unionOverlap($0, $1) > threshold })
      #expect(count < 1000 || kept.count < count, "nothing was suppressed")
    }
  }

  @Test(arguments: [0, 1, 2, 50, 400])
  func smallerArea(count: Int) {
    for seed in 1...3 {
      let boxes = Self.crowd(count, seed: UInt64(seed * 77 + count))
      let kept = NonMaximumSuppression.bySmallerArea(boxes, threshold: 0.7)
      #expect(kept == Self.everyPair(boxes, prefersLater: true) { Self.smallerOverlap($0, $1) > 0.7 })
    }
  }

  @Test func equalScores() {
    let box = SquareBox(x1: 10, y1: 10, x2: 50, y2: 50, score: 1)
    // The published code keeps the first proposal and the last decision.
    #expect(NonMaximumSuppression.nearlySquare([box, box, box], threshold: 0.5) == [0])
    #expect(NonMaximumSuppression.bySmallerArea([box, box, box], threshold: 0.7) == [2])
  }

  @Test func senselessBoxesAreDropped() {
    let good = SquareBox(x1: 0, y1: 0, x2: 20, y2: 20, score: 0.8)
    let bad = [
      SquareBox(x1: .nan, y1: 0, x2: 20, y2: 20, score: 0.9), SquareBox(x1: 0, y1: 0, x2: .infinity, y2: 9, score: 0.9),
      SquareBox(x1: 5, y1: 5, x2: 5, y2: 9, score: 0.9), SquareBox(x1: 1e20, y1: 0, x2: 1e21, y2: 1e3, score: 0.9),
    ]
    #expect(NonMaximumSuppression.nearlySquare(bad + [good], threshold: 0.5) == [4])
  }
}
