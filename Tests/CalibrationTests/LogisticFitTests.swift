import Foundation
import Testing

@testable import Calibration

@Suite struct LogisticFitTests {
  private func tally(_ genuine: [Double], _ impostor: [Double]) -> ComparisonTally {
    var tally = ComparisonTally()
    for score in genuine { tally.add(Float(score), isGenuine: true) }
    for score in impostor { tally.add(Float(score), isGenuine: false) }
    return tally
  }

  private let impostor: [Double] = (0..<5000).map { index -> Double in
    let step = Double(index)
    let wave: Double = 0.15 * sin(step * 0.37)
    let other: Double = 0.1 * cos(step * 1.13)
    return 0.2 + wave + other
  }

  /// Against Newton's method on the unbinned scores in Python (numpy): separated kinds, and kinds that overlap.
  @Test(arguments: [(0.6, 35.18866578712142, 0.4674439444309998), (0.3, 13.287465663748053, 0.2835442972486756)])
  func matchesTheReference(center: Double, slope: Double, midpoint: Double) throws {
    let genuine = (0..<200).map { index -> Double in
      let wave: Double = 0.1 * sin(Double(index) * 1.7)
      return center + wave + 0.0005 * Double(index)
    }
    let fit = try #require(LogisticFit.fit(tally(genuine, impostor)))
    #expect(abs(fit.slope / slope - 1) < 2e-3, "\(fit.slope)")
    #expect(abs(fit.midpoint - midpoint) < 1e-4, "\(fit.midpoint)")
  }

  /// One genuine comparison must not make a step of the curve.
  @Test func fewComparisonsGiveAGentleCurve() throws {
    let one = try #require(LogisticFit.fit(tally([0.9], [0.1])))
    #expect(abs(one.probability(0.9) - 2.0 / 3) < 1e-3, "Platt's target for one comparison: \(one.probability(0.9))")
    let many = try #require(
      LogisticFit.fit(tally([Double](repeating: 0.9, count: 500), [Double](repeating: 0.1, count: 500))))
    #expect(many.slope > one.slope)
    #expect(many.slope.isFinite && many.probability(0.9) < 0.9999)
  }

  @Test func isRefusedWhereItWouldFallOrSayNothing() {
    #expect(LogisticFit.fit(tally([0.1, 0.2, 0.15], [0.8, 0.9, 0.85])) == nil)
    #expect(LogisticFit.fit(tally([0.5], [0.5])) == nil)
    #expect(LogisticFit.fit(tally([], [0.5])) == nil)
    #expect(LogisticFit.fit(tally([0.5], [])) == nil)
  }

  @Test func risesWithTheScore() throws {
    let fit = try #require(LogisticFit.fit(tally((0..<200).map { 0.3 + Double($0) / 1000 }, impostor)))
    let values = stride(from: -1.0, through: 1, by: 0.001).map { fit.probability($0) }
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(values.allSatisfy { (0...1).contains($0) })
  }
}
