import TestSupport
import Testing

@testable import FaceModels

/// Suppression of boxes of any proportions against the textbook loop over all pairs.
@Suite struct AnyShapeSuppressionTests {
  typealias Edges = FaceProposal.Edges

  static func everyPair(_ boxes: [(box: Edges, score: Float)], _ threshold: Float) -> [Int] {
    let order = boxes.indices.sorted { a, b in
      boxes[a].score != boxes[b].score ? boxes[a].score > boxes[b].score : a < b
    }
    var kept: [Int] = []
    for index in order where !kept.contains(where: { overlap(boxes[$0].box, boxes[index].box) > threshold }) {
      kept.append(index)
    }
    return kept
  }

  static func overlap(_ a: Edges, _ b: Edges) -> Float {
    let shared =
      max(0, min(a.right, b.right) - max(a.left, b.left)) * max(0, min(a.bottom, b.bottom) - max(a.top, b.top))
    return shared / ((a.right - a.left) * (a.bottom - a.top) + (b.right - b.left) * (b.bottom - b.top) - shared)
  }

  /// Boxes that crowd each other, from slivers to squares, some far outside of any picture; every tenth score is shared.
  static func crowd(_ count: Int, seed: UInt64) -> [(box: Edges, score: Float)] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { index in
      let width = Float.random(in: 0.5...12, using: &random)
      let stretch = Float.random(in: -3...3, using: &random)
      let (left, top) = (Float.random(in: -60...300, using: &random), Float.random(in: -60...200, using: &random))
      let score = index % 10 == 0 ? 0.875 : Float.random(in: 0.02...1, using: &random)
      let (wide, high) = (width * width * (stretch > 1 ? stretch : 1), width * width * (stretch < -1 ? -stretch : 1))
      return (Edges(left: left, top: top, right: left + wide, bottom: top + high), score)
    }
  }

  @Test(arguments: [0, 1, 2, 60, 1200], [Float(0), 0.05, 0.3, 0.4, 0.5, 0.7, 1])
  func sameAsEveryPair(count: Int, threshold: Float) {
    for seed in 1...3 {
      let boxes = Self.crowd(count, seed: UInt64(seed * 1000 + count))
      let kept = NonMaximumSuppression.anyShape(boxes, threshold: threshold, limit: .max)
      // At thresholds near 0 pairs that hardly touch need not be found.
      let wanted = Self.everyPair(boxes, max(threshold, 0))
      if threshold >= 0.01 { #expect(kept == wanted) } else { #expect(kept.count >= wanted.count) }
      #expect(count < 1000 || threshold == 1 || kept.count < count, "nothing was suppressed")
    }
  }

  @Test func senselessBoxesAreDropped() {
    let good = (box: Edges(left: 0, top: 0, right: 20, bottom: 20), score: Float(0.8))
    let bad: [(box: Edges, score: Float)] = [
      (Edges(left: .nan, top: 0, right: 20, bottom: 20), 0.9),
      (Edges(left: 0, top: 0, right: .infinity, bottom: 9), 0.9),
      (Edges(left: 5, top: 5, right: 5, bottom: 9), 0.9), (Edges(left: 9, top: 5, right: 3, bottom: 9), 0.9),
      (Edges(left: -1e20, top: 0, right: 1e21, bottom: 1e3), 0.9),
      (Edges(left: 0, top: 0, right: 1e-9, bottom: 1e-9), 0.9), (good.box, .nan),
    ]
    #expect(NonMaximumSuppression.anyShape(bad + [good], threshold: 0.4, limit: 100) == [bad.count])
  }

  @Test func onlyTheBestAreLookedAt() {
    let boxes = (0..<50).map { index -> (box: Edges, score: Float) in
      let x = Float(index) * 100
      return (Edges(left: x, top: 0, right: x + 10, bottom: 10), Float(index) / 50)
    }
    #expect(NonMaximumSuppression.anyShape(boxes, threshold: 0.4, limit: 3) == [49, 48, 47])
  }

  /// As many candidates as a picture can have, all over it, at a low threshold: milliseconds, not minutes.
  @Test func manyCandidates() {
    let boxes = Self.crowd(20_000, seed: 5)
    let clock = ContinuousClock()
    var kept: [Int] = []
    let time = clock.measure { kept = NonMaximumSuppression.anyShape(boxes, threshold: 0.4, limit: 20_000) }
    print("suppression: \(boxes.count) boxes, \(kept.count) kept, \(time)")
    #expect(kept.count > 1000 && kept.count < boxes.count)
    #expect(time < .seconds(30))
  }
}
