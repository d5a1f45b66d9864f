import Foundation
import Images
import Testing

@Suite struct SimilarityTransformTests {
  static let points = [(48.2, 46.55), (102.84, 46.54), (75.32, 78.91), (51.48, 106.13), (99.63, 106.2)].map {
    Point(x: $0.0, y: $0.1)
  }

  @Test(arguments: [0, 17, 90, 180, -133], [0.01, 1, 37.5])
  func exactTransformsAreFound(_ degrees: Double, _ scale: Double) throws {
    let angle = degrees * .pi / 180
    let truth = SimilarityTransform(a: scale * cos(angle), b: scale * sin(angle), tx: -321.5, ty: 88)
    let found = try #require(SimilarityTransform.estimate(from: Self.points, to: Self.points.map(truth.apply)))
    for (a, b) in [(found.a, truth.a), (found.b, truth.b), (found.tx, truth.tx), (found.ty, truth.ty)] {
      #expect(abs(a - b) < 1e-9 * max(scale, 1) * 100)
    }
    let inverse = try #require(found.inverse)
    for point in Self.points {
      let back = inverse.apply(found.apply(point))
      #expect(abs(back.x - point.x) < 1e-9 && abs(back.y - point.y) < 1e-9)
    }
    #expect(abs(found.scale - scale) < 1e-9 * scale)
  }

  /// Noisy points: no small change of the four numbers makes the squared error smaller.
  @Test func isTheLeastSquaresMinimum() throws {
    let target = [(30.1, 50.9), (66.2, 49.7), (49.0, 70.3), (33.0, 93.0), (63.9, 92.0)].map { Point(x: $0.0, y: $0.1) }
    func error(_ t: SimilarityTransform) -> Double {
      zip(Self.points.map(t.apply), target).reduce(0) { $0 + pow($1.0.x - $1.1.x, 2) + pow($1.0.y - $1.1.y, 2) }
    }
    let best = try #require(SimilarityTransform.estimate(from: Self.points, to: target))
    for step in [1e-4, -1e-4] {
      let changed = [
        SimilarityTransform(a: best.a + step, b: best.b, tx: best.tx, ty: best.ty),
        SimilarityTransform(a: best.a, b: best.b + step, tx: best.tx, ty: best.ty),
        SimilarityTransform(a: best.a, b: best.b, tx: best.tx + step, ty: best.ty),
        SimilarityTransform(a: best.a, b: best.b, tx: best.tx, ty: best.ty + step),
      ]
      for other in changed { #expect(error(other) > error(best)) }
    }
  }

  /// Mirrored landmarks must give the best rotation, never a reflection.
  @Test func mirroredPointsGiveARotation() throws {
    let mirrored = Self.points.map { Point(x: 150 - $0.x, y: $0.y * 2) }
    let found = try #require(SimilarityTransform.estimate(from: Self.points, to: mirrored))
    #expect(found.a * found.a + found.b * found.b > 0)
  }

  @Test func degeneratePointsGiveNothing() {
    let same = [Point](repeating: Point(x: 3.1, y: 1e5), count: 5)
    let square = [(1.0, 1.0), (-1, 1), (-1, -1), (1, -1)].map { Point(x: $0.0, y: $0.1) }
    let mirrored = square.map { Point(x: -$0.x, y: $0.y) }
    let bad = Self.points.dropLast() + [Point(x: .nan, y: 0)]
    let infinite = Self.points.dropLast() + [Point(x: .infinity, y: 0)]
    let huge = Self.points.map { Point(x: $0.x * 1e200, y: $0.y * 1e200) }
    let cases: [([Point], [Point])] = [
      ([], []), ([same[0]], [same[0]]), (Self.points, Array(Self.points.prefix(4))), (same, Self.points),
      (Self.points, same), (square, mirrored), (Array(bad), Self.points), (Self.points, Array(infinite)),
      (huge, Self.points),
    ]
    for (source, target) in cases {
      #expect(SimilarityTransform.estimate(from: source, to: target) == nil, "\(source) to \(target)")
    }
    #expect(SimilarityTransform(a: 0, b: 0, tx: 1, ty: 1).inverse == nil)
    #expect(SimilarityTransform(a: .nan, b: 0, tx: 1, ty: 1).inverse == nil)
  }
}
