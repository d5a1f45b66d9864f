import Testing

@testable import Evaluation

/// Rates against numpy and scikit-learn.
@Suite struct ErrorCurveTests {
  private static func set(_ genuine: [Float], _ impostor: [Float]) -> TrialSet {
    TrialSet(
      genuine: genuine.map { Trial(score: $0, first: 0) },
      impostor: impostor.map { Trial(score: $0, first: 0, second: 1) })
  }

  @Test func theFixturesAreThere() { #expect(CurveFixtures.cases.count == 7) }

  @Test(arguments: CurveFixtures.cases)
  func agreesWithScikitLearn(fixture: CurveFixtures.Case) throws {
    let curve = try #require(ErrorCurve(Self.set(fixture.genuine, fixture.impostor)))
    #expect(abs(curve.area - fixture.auc) < 1e-9)
    #expect(abs(curve.equalErrorRate.rate - fixture.eer) < 1e-6)
    for (point, expected) in zip(curve.points, fixture.points) {
      #expect(abs(point.falseRate - expected[0]) < 1e-12)
      #expect(abs(1 - point.missRate - expected[1]) < 1e-12)
    }
    #expect(fixture.points.count == min(curve.points.count, 400))
  }

  @Test(arguments: CurveFixtures.cases)
  func holdsAFalseRate(fixture: CurveFixtures.Case) throws {
    let set = Self.set(fixture.genuine, fixture.impostor)
    let curve = try #require(ErrorCurve(set))
    for (text, expected) in fixture.held {
      let rate = try #require(Double(text))
      let threshold = curve.threshold(falseRate: rate)
      #expect(set.missRate(at: threshold) == expected, "\(rate)")
      #expect(try #require(set.falseRate(at: threshold)) <= rate)
    }
  }

  @Test(arguments: CurveFixtures.cases)
  func thinningKeepsTheCurve(fixture: CurveFixtures.Case) throws {
    let curve = try #require(ErrorCurve(Self.set(fixture.genuine, fixture.impostor)))
    let all = curve.thinned(to: 10_000)
    for (a, b) in zip(all, all.dropFirst()) { #expect(a.falseRate <= b.falseRate && a.missRate >= b.missRate) }
    #expect(all.first == curve.points.first && all.last == curve.points.last)
    let few = curve.thinned(to: 20)
    #expect(few.count <= 20)
    #expect(few.first == curve.points.first && few.last == curve.points.last)
  }

  @Test func needsBothKinds() {
    #expect(ErrorCurve(Self.set([], [0.1])) == nil)
    #expect(ErrorCurve(Self.set([0.1], [])) == nil)
    #expect(ErrorCurve(Self.set([], [])) == nil)
  }

  @Test func photosWithoutAFaceMatchAtNoThreshold() throws {
    let set = Self.set([Trial.never, 0.9, .nan], [0.1, Trial.never])
    let curve = try #require(ErrorCurve(set))
    #expect(curve.points.map(\.threshold) == [.infinity, 0.9, 0.1, -.infinity])
    #expect(abs(curve.points[2].missRate - 2.0 / 3) < 1e-12 && curve.points[2].falseRate == 0.5)
    #expect(set.missRate(at: -1) == 2.0 / 3)
    #expect(set.falseRate(at: -1) == 0.5)
    #expect(curve.points.allSatisfy { $0.falseRate.isFinite && $0.missRate.isFinite })
  }

  @Test func quantilesOfTheNormalDistribution() throws {
    for (text, expected) in try #require(CurveFixtures.shared).quantiles {
      #expect(abs(AxisScale.normalQuantile(try #require(Double(text))) - expected) < 1e-7)
    }
  }
}
