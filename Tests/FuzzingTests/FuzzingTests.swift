import Foundation
import FuzzTargets
import Testing

extension FuzzTarget: CustomTestStringConvertible {
  /// The target's name.
  public var testDescription: String { name }
}

/// A short run of every fuzzing target without libFuzzer: all seeds, which hold every input that once did harm, and
/// seeded mutations of them. FUZZ_SECONDS makes it last longer, with other mutations each time.
@Suite(.serialized) struct FuzzingTests {
  private static let wantedSeconds = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap(Double.init)

  @Test(arguments: FuzzTarget.all) func holdsForAllInputs(_ target: FuzzTarget) throws {
    let corpus = try Corpus(target)
    try #require(!corpus.seeds.isEmpty, "no seeds")
    for seed in corpus.seeds { try check(target, seed.bytes, seed.name) }
    let start = ContinuousClock.now
    let seed = Self.wantedSeconds == nil ? 1 : UInt64.random(in: 1...UInt64.max)
    var mutation = Mutation(corpus, maxBytes: target.maxBytes, seed: seed)
    // Some thousands on any machine; never much longer than a second and a half.
    let limit = Duration.seconds(Self.wantedSeconds ?? 1.5)
    var rounds = 0
    while ContinuousClock.now - start < limit, Self.wantedSeconds != nil || rounds < 5000 {
      try check(target, mutation.next(), "mutation \(rounds) of seed \(seed)")
      rounds += 1
    }
    #expect(rounds > 20)
    if Self.wantedSeconds != nil { print("\(target.name): \(rounds) mutations, no finding") }
  }

  /// A mutation that a target takes forever for, or for which something does not hold, is printed to become a seed.
  private func check(_ target: FuzzTarget, _ bytes: [UInt8], _ name: String) throws {
    let start = ContinuousClock.now
    do {
      try target.run(bytes)
    } catch {
      Issue.record("\(target.name), \(name): \(error)\n\(Data(bytes).base64EncodedString())")
      throw error
    }
    #expect(ContinuousClock.now - start < .seconds(10), "\(target.name), \(name): \(Data(bytes).base64EncodedString())")
  }

  /// Every folder of the corpus belongs to a target, and every dictionary.
  @Test func nothingIsLeftOver() throws {
    let names = Set(FuzzTarget.all.map(\.name))
    #expect(names.count == FuzzTarget.all.count)
    #expect(Set(try Corpus.names(in: "Fuzzing/Corpus")) == names)
    #expect(Set(try Corpus.names(in: "Fuzzing/Dictionaries").map { String($0.dropLast(5)) }).isSubset(of: names))
  }
}
