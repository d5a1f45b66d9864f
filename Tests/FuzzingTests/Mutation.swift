import TestSupport

/// Damages inputs as fuzzers do, the same way on every run.
struct Mutation {
  let corpus: Corpus
  let maxBytes: Int
  private var random: SeededGenerator

  init(_ corpus: Corpus, maxBytes: Int, seed: UInt64) {
    self.corpus = corpus
    self.maxBytes = maxBytes
    random = SeededGenerator(seed: seed)
  }

  /// A seed with one to six changes.
  mutating func next() -> [UInt8] {
    var bytes = corpus.seeds.randomElement(using: &random)?.bytes ?? []
    for _ in 0..<Int.random(in: 1...6, using: &random) { change(&bytes) }
    return Array(bytes.prefix(maxBytes))
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = [UInt8.random(in: 0...255, using: &random)]
      return
    }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let part = place..<min(bytes.count, place + Int.random(in: 1...16, using: &random))
    switch Int.random(in: 0..<10, using: &random) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
    case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF].randomElement(using: &random) ?? 0
    case 3: bytes[place] &+= [1, 255].randomElement(using: &random) ?? 1
    case 4: bytes.removeSubrange(part)
    case 5: bytes.insert(contentsOf: bytes[part], at: place)
    case 6: bytes.replaceSubrange(part, with: [UInt8](repeating: bytes[place], count: part.count))
    case 7: bytes.removeSubrange(place...)
    case 8: splice(&bytes, place)
    default:
      guard let word = corpus.words.randomElement(using: &random) else { return }
      let end = Bool.random(using: &random) ? place : min(bytes.count, place + word.count)
      bytes.replaceSubrange(place..<end, with: word)
    }
  }

  /// Puts the end of another seed in place of the own.
  private mutating func splice(_ bytes: inout [UInt8], _ place: Int) {
    guard let other = corpus.seeds.randomElement(using: &random)?.bytes, !other.isEmpty else { return }
    bytes.replaceSubrange(place..., with: other[Int.random(in: 0..<other.count, using: &random)...])
  }
}
