import Testing

@testable import Decisions

@Suite struct SecondLookTests {
  private let look = SecondLook(reach: 0.1, around: 0.5)

  @Test(arguments: [(0.95, true), (0.75, true), (1.01, false), (0.69, false)] as [(Float, Bool)])
  func asksWhereTheScoreIsClose(_ score: Float, _ expected: Bool) {
    let decision: Decision =
      score >= 0.85
      ? .named(7, score: score, threshold: 0.85, by: .gallery)
      : .unknown(.belowThreshold, score: score, threshold: 0.85)
    #expect(SecondLook(reach: 0.15, around: 0.85).isWorthwhile(decision) == expected)
  }

  @Test func doesNotAskWhatNoLookCanChange() {
    #expect(!look.isWorthwhile(.unknown(.emptyGallery, score: 0.5, threshold: 0.5)))
    #expect(!look.isWorthwhile(.unknown(.unknownClass, score: 0.5, threshold: 0.5)))
    // Too poor to tell although alike enough: another look at the same picture is as poor.
    #expect(!look.isWorthwhile(.unknown(.lowQuality, score: 0.55, threshold: 0.5)))
    #expect(look.isWorthwhile(.unknown(.lowQuality, score: 0.45, threshold: 0.5)))
    #expect(look.isWorthwhile(.unknown(.noMargin, score: 0.45, threshold: 0.5)))
  }

  @Test func scoresDoNotDependOnAnotherThreshold() {
    #expect(look.isWorthwhile(.named(7, score: 0.55, threshold: -1, by: .gallery)))
    #expect(look.isWorthwhile(.unknown(.belowThreshold, score: 0.85, threshold: 0.9)))
    #expect(!look.isWorthwhile(.named(7, score: 0.7, threshold: -1, by: .gallery)))
  }

  @Test func joinsDirectionsNotLengths() throws {
    let joined = try #require(SecondLook.joined([[2, 0], [0, 0.5]]))
    #expect(abs(joined[0] - 0.70710677) < 1e-6)
    #expect(abs(joined[1] - 0.70710677) < 1e-6)
    let ofThree = try #require(SecondLook.joined([[2, 0], [0, 0.5], [0, 7]]))
    #expect(abs(ofThree[0] - 0.4472136) < 1e-6)
    #expect(abs(ofThree[1] - 0.8944272) < 1e-6)
    #expect(SecondLook.joined([[1, 0], [-1, 0]]) == nil)
    #expect(SecondLook.joined([[1, 0], [1]]) == nil)
    #expect(SecondLook.joined([[.nan, 0], [1, 0]]) == nil)
    #expect(SecondLook.joined([]) == nil)
  }
}
