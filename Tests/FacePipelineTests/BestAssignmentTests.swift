import TestSupport
import Testing

@testable import FacePipeline

@Suite struct BestAssignmentTests {
  /// The best total over all one-to-one choices, by trying them all.
  private func best(_ gains: [[Double]], row: Int = 0, used: Set<Int> = []) -> Double {
    guard row < gains.count else { return 0 }
    var result = best(gains, row: row + 1, used: used)
    for column in gains[row].indices where !used.contains(column) && gains[row][column] > 0 {
      result = max(result, gains[row][column] + best(gains, row: row + 1, used: used.union([column])))
    }
    return result
  }

  @Test(arguments: [(1, 1), (1, 5), (5, 1), (4, 4), (3, 6), (6, 4), (6, 6)])
  func findsTheBestTotal(rows: Int, columns: Int) {
    var generator = SeededGenerator(seed: UInt64(rows * 10 + columns))
    for _ in 0..<100 {
      let gains = (0..<rows).map { _ in
        (0..<columns).map { _ in
          Bool.random(using: &generator) ? Double.random(in: 0.01...2, using: &generator) : 0
        }
      }
      let pairs = BestAssignment.pairs(gains)
      #expect(Set(pairs.map(\.row)).count == pairs.count)
      #expect(Set(pairs.map(\.column)).count == pairs.count)
      #expect(pairs.allSatisfy { gains[$0.row][$0.column] > 0 })
      let total = pairs.reduce(0) { $0 + gains[$1.row][$1.column] }
      #expect(abs(total - best(gains)) < 1e-9)
    }
  }

  @Test func takesNothingFromNothing() {
    #expect(BestAssignment.pairs([]).isEmpty)
    #expect(BestAssignment.pairs([[], []]).isEmpty)
    #expect(BestAssignment.pairs([[0, -1], [0, 0]]).isEmpty)
    #expect(BestAssignment.pairs([[.nan, 1], [0, .nan]]).map(\.row) == [0])
  }
}
