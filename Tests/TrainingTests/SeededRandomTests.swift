import Testing
import Training

@Suite struct SeededRandomTests {
  @Test func aKeyGivesTheSameNumbersWhateverElseIsDrawn() {
    var first = SeededRandom(seed: 7, [1, 2], purpose: "blur")
    var second = SeededRandom(seed: 7, [1, 2], purpose: "blur")
    let numbers = (0..<5).map { _ in first.next() }
    #expect(numbers == (0..<5).map { _ in second.next() })
    for (seed, key, purpose) in [(8, [1, 2], "blur"), (7, [2, 1], "blur"), (7, [1, 2], "noise")]
      as [(UInt64, [UInt64], String)]
    {
      var other = SeededRandom(seed: seed, key, purpose: purpose)
      #expect(other.next() != numbers[0])
    }
  }

  @Test func numbersAreSpreadAsStated() {
    var random = SeededRandom(seed: 1)
    let units = (0..<20_000).map { _ in random.unit() }
    #expect(units.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(units.reduce(0, +) / 20_000 - 0.5) < 0.01)
    let bells = (0..<20_000).map { _ in Double(random.bell()) }
    let mean = bells.reduce(0, +) / 20_000
    let variance = bells.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.04)
    #expect(random.permutation(of: 50).sorted() == Array(0..<50))
    #expect(random.permutation(of: 50) != Array(0..<50))
    #expect(random.permutation(of: 0).isEmpty)
  }
}
