import Testing

@testable import Supervision

@Suite struct BackoffTests {
  @Test func ceilingDoublesUpToTheCap() {
    var backoff = Backoff()
    var generator = SeededGenerator(seed: 1)
    var ceilings: [Duration] = []
    for _ in 0..<10 {
      ceilings.append(backoff.ceiling)
      _ = backoff.next(after: .zero, using: &generator)
    }
    let milliseconds: [Int] = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000]
    #expect(ceilings == milliseconds.map { .milliseconds($0) })
  }

  @Test func waitsAreSpreadEvenlyBelowTheCeiling() {
    var generator = SeededGenerator(seed: 2)
    let waits = (0..<2_000).map { _ in
      var backoff = Backoff()
      return backoff.next(after: .zero, using: &generator)
    }
    #expect(waits.allSatisfy { (.zero ... .milliseconds(100)).contains($0) })
    for tenth in 0..<10 {
      let range = Duration.milliseconds(tenth * 10)..<Duration.milliseconds(tenth * 10 + 10)
      let count = waits.count { range.contains($0) }
      #expect((140...260).contains(count), "\(count) of 2000 waits in \(range)")
    }
  }

  @Test func sameSeedSameWaits() {
    func waits(seed: UInt64) -> [Duration] {
      var backoff = Backoff()
      var generator = SeededGenerator(seed: seed)
      return (0..<8).map { _ in backoff.next(after: .zero, using: &generator) }
    }
    #expect(waits(seed: 7) == waits(seed: 7))
    #expect(waits(seed: 7) != waits(seed: 8))
  }

  @Test(arguments: [(29.9, 400), (30.0, 200), (3_600.0, 200)])
  func stableServiceForgives(seconds: Double, ceilingAfterwards: Int) {
    var backoff = Backoff()
    var generator = SeededGenerator(seed: 3)
    _ = backoff.next(after: .zero, using: &generator)
    _ = backoff.next(after: .seconds(seconds), using: &generator)
    #expect(backoff.ceiling == .milliseconds(ceilingAfterwards))
  }

  @Test func neverOverflows() {
    var backoff = Backoff(first: .seconds(86_400), cap: .seconds(86_400))
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<1_000 { _ = backoff.next(after: .zero, using: &generator) }
    #expect(backoff.ceiling == .seconds(86_400))
  }
}

@Suite struct RestartBudgetTests {
  @Test(arguments: [
    ([0, 1, 2, 3, 4], [true, true, true, true, true]),
    ([0, 1, 2, 3, 4, 5], [true, true, true, true, true, false]),
    ([0, 1, 2, 3, 4, 59, 60], [true, true, true, true, true, false, true]),
    ([0, 12, 24, 36, 48, 60, 72], [true, true, true, true, true, true, true]),
    ([0, 0, 0, 0, 0, 0, 61], [true, true, true, true, true, false, true]),
  ])
  func fiveInAMinute(seconds: [Int], allowed: [Bool]) {
    var budget = RestartBudget(maximum: 5, window: .seconds(60))
    let answers = seconds.map { budget.spend(at: .seconds($0)) }
    #expect(answers == allowed)
  }

  @Test func none() {
    var budget = RestartBudget(maximum: 0, window: .seconds(60))
    let allowed = budget.spend(at: .zero)
    #expect(!allowed)
  }
}
